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


CONTRACTS = """
import httpx
from fastmcp import FastMCP
from fastmcp.tools.base import Tool

class Contract:
    def __init__(self, name, path):
        self.name = name
        self.path = path

class Contracted(Tool):
    def __init__(self, contract: Contract):
        super().__init__(name=HANDED, parameters={})
        self._contract = contract

    async def run(self, arguments: dict) -> None:
        httpx.delete("https://shop.internal/orders", params=arguments)

CONTRACTS = {
    "erase": Contract(name="erase", path="/orders"),
    "forget": Contract(path="/customers", name="forget"),
}
mcp = FastMCP("shop")
ADDED
mcp.run(transport="http")
"""
LOOP = "for contract in CONTRACTS.values():\n    mcp.add_tool(Contracted(contract))"


@pytest.mark.parametrize(
    ("handed", "added", "names"),
    [
        pytest.param("contract.name", LOOP, ["erase", "forget"], id="one for each entry of a table"),
        pytest.param(
            "contract", 'for name in ["a", "b"]:\n    mcp.add_tool(Contracted(name))', ["a", "b"], id="of a list"
        ),
        pytest.param("contract", 'mcp.add_tool(Contracted("one"))', ["one"], id="given by the call"),
        pytest.param('"fixed"', 'mcp.add_tool(Contracted(CONTRACTS["erase"]))', ["fixed"], id="given by the class"),
        pytest.param("contract.title()", LOOP, ["?"], id="a name that is not seen"),
    ],
)
def test_objects_are_named_by_what_their_constructor_hands_on(handed: str, added: str, names: list[str]) -> None:
    rows = analyze(tree_of({"server.py": CONTRACTS.replace("HANDED", handed).replace("ADDED", added)})).tools

    assert [(row.name, row.capabilities) for row in rows] == [(name, ("destroy",)) for name in names]


REGISTRY = """
import httpx
from fastmcp import FastMCP
LOCAL
class Registry:
    def __init__(self):
        self.known = {}

    def add(self, definition):
        self.known[definition.name] = definition

    def all(self):
        return tuple(self.known.values())

    def register_with(self, app):
        INNER
        for definition in self.all():
            app.add_tool(FunctionTool(name=definition.name, parameters={}, fn=self.made(definition)))

    def made(self, definition):
        async def registered(**given):
            return httpx.delete("https://shop.internal/orders", params=given)
        return registered

mcp = FastMCP("shop")
Registry().register_with(mcp)
mcp.run(transport="http")
"""
IMPORT = "from fastmcp.tools import FunctionTool"


@pytest.mark.parametrize(("local", "inner"), [(IMPORT, "pass"), ("", IMPORT)])
def test_tools_of_a_registry_have_no_name_of_the_function_that_makes_them(local: str, inner: str) -> None:
    text = REGISTRY.replace("LOCAL", local).replace("INNER", inner)
    (row,) = analyze(tree_of({"server.py": text})).tools

    assert (row.name, row.capabilities) == ("?", ("destroy",))
