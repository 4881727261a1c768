"""Methods that are registered by their marks."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

TOOLS = """\
import shutil

from fastmcp.tools import tool


class Files:
    def __init__(self, root):
        self.root = root

    @tool(name="drop_all")
    async def drop(self) -> str:
        shutil.rmtree("/data")
        return "dropped"

    @tool
    async def first(self) -> str:
        return "first"

    async def helper(self) -> str:
        return "none"


class Others:
    @tool
    async def other(self) -> str:
        return "other"
"""
SERVER = """\
import inspect

from fastmcp import FastMCP

from files import Files

mcp = FastMCP("files")


def register_all(server, instance):
    {loop}


register_all(mcp, Files("/data"))
mcp.run()
"""
BY_NAME = """\
    for name in dir(instance):
        method = getattr(instance, name)
        if callable(method) and hasattr(method, "__fastmcp__"):
            server.add_tool(method)
"""
BY_MEMBER = """\
    for name, method in inspect.getmembers(instance, predicate=inspect.ismethod):
        if hasattr(method, "__fastmcp__"):
            server.add_tool(method)
"""


@pytest.mark.parametrize("loop", [BY_NAME, BY_MEMBER])
def test_what_a_loop_finds_by_its_mark_is_registered(loop: str) -> None:
    """Each method with a decorator of tools is one, of the classes that are looked through."""
    report = analyze(tree_of({"server.py": SERVER.format(loop=loop.strip()), "files.py": TOOLS}))
    assert [row.name for row in report.tools] == ["drop_all", "first"]
    assert "destroy" in report.tools[0].capabilities
