"""Functions of a module that are registered in a loop."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

TOOLS = """\
import os
import shutil
from pathlib import Path

LIMIT = 10


class Settings:
    pass


def _inner() -> str:
    return "inner"


def list_folder(folder: str) -> list[str]:
    return os.listdir(folder)


async def drop_folder(folder: str) -> str:
    shutil.rmtree(folder)
    return "dropped"
"""
BEGIN = """\
import importlib
import inspect
from functools import wraps

from fastmcp import FastMCP

import tools

mcp = FastMCP("folders")
MODULES = {"folders": "tools"}
LEFT_OUT = {"something"}
LEFT_OUT.update(["drop_folder"])
ALLOWED = ("drop_folder", "another")


def timed(run, clock):
    @wraps(run)
    def timed_run(*args, **kwargs):
        return run(*args, **kwargs)

    return timed_run


"""
BOTH = {"drop_folder": "destroy", "list_folder": "read-private"}
LOOPS = {
    "members": (
        (
            "for name, run in inspect.getmembers(tools, inspect.isfunction):\n"
            '    if not name.startswith("_"):\n'
            "        mcp.tool(run)\n"
        ),
        BOTH,
    ),
    "names": (
        (
            "for name in dir(tools):\n"
            "    run = getattr(tools, name)\n"
            '    if inspect.isfunction(run) and not name.startswith("_"):\n'
            "        mcp.add_tool(run)\n"
        ),
        BOTH,
    ),
    "table": (
        (
            "for name, run in vars(tools).items():\n"
            '    if callable(run) and not name.startswith("_"):\n'
            "        mcp.tool()(run)\n"
        ),
        BOTH,
    ),
    "dictionary": ("for run in tools.__dict__.values():\n    mcp.tool(run)\n", BOTH),
    "written names": (
        'for name in ["list_folder", "_inner"]:\n    mcp.tool(getattr(tools, name))\n',
        {
            "list_folder": "read-private",
            "_inner": "read-public",
        },
    ),
    "loaded by name": (
        (
            "for path in MODULES.values():\n"
            "    module = importlib.import_module(path)\n"
            "    for name, run in inspect.getmembers(module, predicate=lambda found: inspect.isfunction(found)):\n"
            "        mcp.tool(timed(run, 1))\n"
        ),
        BOTH,
    ),
    "without some": (
        (
            "for name, run in inspect.getmembers(tools, inspect.isfunction):\n"
            "    if name in LEFT_OUT:\n"
            "        continue\n"
            "    mcp.tool(run)\n"
        ),
        {"list_folder": "read-private"},
    ),
    "only some": (
        "for name in dir(tools):\n    if name in ALLOWED:\n        mcp.add_tool(getattr(tools, name))\n",
        {"drop_folder": "destroy"},
    ),
}


@pytest.mark.parametrize("shape", LOOPS)
def test_each_function_is_a_tool_of_its_own(shape: str) -> None:
    loop, expected = LOOPS[shape]
    report = analyze(tree_of({"tools.py": TOOLS, "server.py": f'{BEGIN}{loop}mcp.run(transport="http")\n'}))

    assert {row.name: row.capabilities[0] for row in report.tools} == expected
    assert not any(row.unresolved for row in report.tools)


def test_a_module_that_is_not_there_is_told() -> None:
    loop = "for name, run in inspect.getmembers(importlib.import_module(input())):\n    mcp.tool(timed(run, 1))\n"
    report = analyze(tree_of({"server.py": f'{BEGIN}{loop}mcp.run(transport="http")\n'}))

    assert [bool(row.unresolved) for row in report.tools] == [True]


def test_names_from_outside_the_program_are_told() -> None:
    loop = "for name in os.environ['TOOLS'].split():\n    mcp.tool(getattr(tools, name))\n"
    text = f'import os\n{BEGIN}{loop}mcp.run(transport="http")\n'
    report = analyze(tree_of({"tools.py": TOOLS, "server.py": text}))

    assert [(row.name, bool(row.unresolved)) for row in report.tools] == [("?", True)]
