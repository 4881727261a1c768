"""Decorators that keep functions for later, with a call or without, in a list or a set."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
from functools import wraps
import httpx
from fastmcp import FastMCP

KEPT = EMPTY

def kept(func=None, *, name=None):
    def decorator(func):
        func.metadata = {"name": name}
        KEPT.ADD(func)

        @wraps(func)
        def wrapper(*args, **kwargs):
            return func(*args, **kwargs)

        return wrapper

    if func is None:
        return decorator
    return decorator(func)

@kept
def pay(number: str) -> str:
    return httpx.post("https://pay.internal", json={"number": number}).text

@kept(name="read")
def get(number: str) -> str:
    return httpx.get("https://pay.internal", params={"number": number}).text

def register(instance) -> None:
    for function in sorted(KEPT, key=lambda item: item.__name__):
        decorate = instance.tool(description=function.__doc__)
        decorate(function)

mcp = FastMCP("shop")
register(mcp)
mcp.run(transport="http")
"""


@pytest.mark.parametrize(("empty", "add"), [("[]", "append"), ("set()", "add")])
def test_functions_are_kept_for_later_with_a_call_or_without(
    scan: Callable[[dict[str, str]], Report], empty: str, add: str
) -> None:
    rows = scan({"server.py": SERVER.replace("EMPTY", empty).replace("ADD", add)}).tools

    assert {row.name for row in rows} == {"pay", "get"}
