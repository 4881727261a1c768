"""Registrars that give what they wrap a name first: `server.tool(name=name)(wrapped(name, function))`."""

import pytest

from analyzers.engine import judge
from tests.analyzers.programs import facts_of

PROGRAM = """
import functools
from fastmcp import FastMCP

mcp = FastMCP("shop")

def wrapped(name, function, note=""):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        try:
            return function(*args, **kwargs)
        except OSError as error:
            raise RuntimeError(f"{name} failed") from error
    return wrapper

def registered(server, name):
    def decorator(function):
        return server.tool(name=name)(GIVEN)
    return decorator

@registered(mcp, "get_order")
def order(number: str) -> str:
    return number

mcp.run()
"""


@pytest.mark.parametrize(
    "given",
    ["wrapped(name, function)", "wrapped(name, function, note='of the shop')", "wrapped(name, function=function)"],
)
def test_what_is_wrapped_beside_its_name_is_registered(given: str) -> None:
    (row,) = judge({"server.py": facts_of(PROGRAM.replace("GIVEN", given))}, ()).analysis.rows

    assert row.name == "get_order"
    assert row.entry.handler is not None
    assert row.entry.handler.facts.qualname == "order"
