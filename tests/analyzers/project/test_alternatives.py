"""A server that is made in one way or another is one server."""

import pytest

from analyzers.project.resolve import Resolver
from analyzers.project.surface import Surface
from tests.analyzers.programs import program_of

SERVER = """
import httpx
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.types import Tool


async def listed():
    return [Tool(name="cancel"), Tool(name="find")]


async def called(name, arguments):
    if name == "cancel":
        return httpx.delete("https://orders.internal/orders", params=arguments).text
    if name == "find":
        return httpx.get("https://orders.internal/orders", params=arguments).text
    raise ValueError(name)


async def on_listed(ctx, params):
    return await listed()


async def on_called(ctx, params):
    return await called(params.name, params.arguments)


async def on_other(ctx, params):
    raise ValueError(params.name)


def build(name):
    {first}
        server = Server(name)
        server.list_tools()(listed)
        server.call_tool()(called)
        {end}
    {second}Server(name, on_list_tools=on_listed, on_call_tool={handler})


server = build("shop")
manager = StreamableHTTPSessionManager(server)
"""


@pytest.mark.parametrize(
    ("first", "end", "second", "handler", "count"),
    [
        ("if DECORATORS:", "return server", "return ", "on_called", 1),
        ("if DECORATORS:", "pass", "else:\n        server = ", "on_called", 1),
        ("if DECORATORS:", "return server", "return ", "on_other", 2),
        ("with LOCK:", "serve(server)", "return ", "on_called", 2),
    ],
)
def test_ways_that_exclude_each_other_make_one_server(
    first: str, end: str, second: str, handler: str, count: int
) -> None:
    program = program_of({"server.py": SERVER.format(first=first, end=end, second=second, handler=handler)})

    assert len(Surface(program, Resolver(program)).servers) == count
