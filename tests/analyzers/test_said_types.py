"""Values of which a call only says the type, `cast(Handler, found)`."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import typing
from typing import Any, cast
import httpx
from mcp import types
from mcp.server import Server

server = Server("orders")

async def drop(number):
    return httpx.delete("https://orders.internal/" + number).text

async def look(number):
    return httpx.get("https://orders.internal/" + number).text

@server.call_tool()
async def handle(name: str, arguments: dict[str, Any]):
    handlers = {"drop": lambda args: drop(args["number"]), "look": lambda args: look(args["number"])}
    found = handlers.get(name)
    if found is None:
        raise ValueError(name)
    return [types.TextContent(type="text", text=await RUN(arguments))]
"""


@pytest.mark.parametrize(
    ("run", "names"),
    [
        ("cast(Any, found)", ["drop", "look"]),
        ("typing.cast(Any, found)", ["drop", "look"]),
        ("cast(found, print)", ["?"]),
    ],
)
def test_a_value_is_what_it_is_said_to_be(run: str, names: list[str]) -> None:
    rows = analyze(tree_of({"server.py": SERVER.replace("RUN", run)})).tools

    assert [row.name for row in rows] == names
