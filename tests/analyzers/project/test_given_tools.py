"""Tools given to the constructor of a server: listed, by a name, made in a comprehension, or out of sight."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
import httpx
from fastmcp import FastMCP
from fastmcp.tools import Tool
from registry import build, selected

def pay(number: str) -> str:
    return httpx.post("https://pay.internal", json={"number": number}).text

def get(number: str) -> str:
    return httpx.get("https://pay.internal", params={"number": number}).text

TOOLS = [pay, get]
mcp = FastMCP("shop", tools=GIVEN)
mcp.run(transport="http")
"""
FOUND = {
    "[pay, get]": {"pay", "get"},
    "TOOLS": {"pay", "get"},
    "[Tool.from_function(function) for function in TOOLS]": {"pay", "get"},
    "[build(spec) for spec in selected()]": {"?"},
}


@pytest.mark.parametrize("given", FOUND)
def test_tools_of_a_constructor_are_found(scan: Callable[[dict[str, str]], Report], given: str) -> None:
    rows = scan({"server.py": SERVER.replace("GIVEN", given)}).tools

    assert {row.name for row in rows} == FOUND[given]
