"""Tools that are registered in a text that is run as code are not read, and it is told that there are some."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import httpx
from fastmcp import FastMCP

mcp = FastMCP("pages")

@mcp.tool
def read(url: str) -> str:
    return httpx.get(url).text

RUN

mcp.run(transport="http")
"""
REGISTERED = {
    "decorated": 'for name in ("remove", "move"):\n    exec(f"@mcp.tool\\ndef {name}(url): return httpx.delete(url)")',
    "by a call": 'made = "def remove(url): ...\\n" + "mcp.add_tool(remove)"\nexec(made, globals())',
}


@pytest.mark.parametrize("run", REGISTERED.values(), ids=REGISTERED)
def test_what_a_text_registers_is_a_row_without_a_name(run: str) -> None:
    rows = analyze(tree_of({"server.py": SERVER.replace("RUN", run)})).tools

    assert {row.name: bool(row.unresolved) for row in rows} == {"read": False, "?": True}


def test_a_text_that_registers_nothing_adds_none() -> None:
    rows = analyze(tree_of({"server.py": SERVER.replace("RUN", 'exec("limit = 3")')})).tools

    assert [row.name for row in rows] == ["read"]
