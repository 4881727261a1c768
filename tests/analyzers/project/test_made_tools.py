"""Tools that are made of functions in one place and registered in another, by servers of whatever package."""

from collections.abc import Callable

import pytest

from analyzers import Report

ORDERS = """
import httpx

def drop(number: str) -> str:
    return httpx.delete("https://shop.internal/orders", params={"number": number}).text
"""
MADE = """
from fastmcp.tools.tool import Tool
from orders import drop

drop_tool = Tool.from_function(drop, name="drop_order")
"""
SERVER = """
from fastmcp import FastMCP
from made import drop_tool

mcp = FastMCP("shop")
mcp.add_tool(REGISTERED)
mcp.run()
"""
STANDING_IN = """
class FastMCP:
    def __init__(self, name):
        self.tools = {}

    def tool(self, name=""):
        def keep(function):
            self.tools[name or function.__name__] = function
            return function
        return keep

    def run(self):
        raise NotImplementedError
"""
USING = """
import httpx
from PACKAGE import FastMCP

mcp = FastMCP("shop")

@mcp.tool(name="drop_order")
def drop(number: str) -> str:
    return httpx.delete("https://shop.internal/orders", params={"number": number}).text

mcp.run()
"""


@pytest.mark.parametrize(("registered", "name"), [("drop_tool", "drop_order"), ("drop_tool.fn", "drop")])
def test_tool_is_found_where_it_was_made(scan: Callable[[dict[str, str]], Report], registered: str, name: str) -> None:
    server = SERVER.replace("REGISTERED", registered)
    (row,) = scan({"orders.py": ORDERS, "made.py": MADE, "server.py": server}).tools

    assert (row.name, row.capabilities) == (name, ("destroy",))


@pytest.mark.parametrize(
    ("package", "tools"), [("mcp.server.fastmcp", ["drop_order"]), ("shop.frames", [])], ids=["stands in", "other"]
)
def test_class_that_stands_in_for_the_framework_is_one_of_servers(
    scan: Callable[[dict[str, str]], Report], package: str, tools: list[str]
) -> None:
    path = package.replace(".", "/")
    folders = [path.rsplit("/", count)[0] for count in range(1, path.count("/") + 1)]
    files = {f"{folder}/__init__.py": "" for folder in folders}
    report = scan({**files, f"{path}.py": STANDING_IN, "server.py": USING.replace("PACKAGE", package)})

    assert [row.name for row in report.tools] == tools
