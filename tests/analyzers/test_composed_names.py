"""Tools whose names are put together of constants go by them."""

from analyzers import analyze
from tests.analyzers.programs import tree_of

NAMES = """
PREFIX = "shop"
LIST = f"{PREFIX}_list"
"""
SERVER = """
import os
from fastmcp import FastMCP
from names import LIST, PREFIX

mcp = FastMCP("shop")

@mcp.tool(name=LIST)
def _list() -> str:
    return ""

@mcp.tool(f"{PREFIX}_count")
def _count() -> str:
    return ""

@mcp.tool(name=f"{os.environ['SHOP']}_sum")
def _sum() -> str:
    return ""

mcp.run(transport="http")
"""


def test_constants_that_are_put_together_name_a_tool() -> None:
    report = analyze(tree_of({"names.py": NAMES, "server.py": SERVER}))

    assert {row.name for row in report.tools} >= {"shop_list", "shop_count"}
    assert "_list" not in {row.name for row in report.tools}
