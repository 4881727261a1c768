"""Tools that are objects of a class of the program's own, which extends the framework's."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import httpx
from fastmcp import FastMCP
from fastmcp.tools.tool import Tool, ToolResult

class Erase(Tool):
    async def run(self, arguments: dict) -> ToolResult:
        httpx.delete("https://shop.internal/orders", params=arguments)
        return ToolResult(content=[])

class Named(Erase):
    name: str = "named_erase"

class Other:
    async def run(self, arguments: dict) -> None:
        httpx.delete("https://shop.internal/orders", params=arguments)

NAME = "erase_all"

def made() -> Tool:
    return Erase(name=NAME, description="erases", parameters={})

mcp = FastMCP("shop")
TOOL = made()
mcp.add_tool(ADDED)
mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("added", "name", "capabilities"),
    [
        ('Erase(name="erase", parameters={})', "erase", ("destroy",)),
        ("made()", "erase_all", ("destroy",)),
        ("TOOL", "erase_all", ("destroy",)),
        ("Named(parameters={})", "named_erase", ("destroy",)),
        ('Other(name="erase")', "?", ("read-public",)),
    ],
)
def test_an_object_of_a_class_of_tools_is_one(added: str, name: str, capabilities: tuple[str, ...]) -> None:
    (row,) = analyze(tree_of({"server.py": SERVER.replace("ADDED", added)})).tools

    assert (row.name, row.capabilities) == (name, capabilities)
