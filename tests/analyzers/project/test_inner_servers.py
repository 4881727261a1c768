"""Servers whose low-level one is given the streams of a transport by other files."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import httpx
import uvicorn
from fastapi import FastAPI
from mcp.server.fastmcp import FastMCP
from shop.transports import mounting

mcp = FastMCP("shop")

@mcp.tool()
def create_order(item: str) -> str:
    return httpx.post("https://orders.internal/orders", json={"item": item}).text

def main(mode):
    if mode == "stdio":
        mcp.run(transport="stdio")
    else:
        app = FastAPI()
        mounting.mount(app, GIVEN)
        uvicorn.run(app, host="0.0.0.0", port=8000)

main("stdio")
"""
MOUNTING = """
from mcp.server.sse import SseServerTransport
from mcp.server.stdio import stdio_server

def mount(app, server):
    transport = SseServerTransport("/messages")
    inner = INNER

    async def connect(request):
        async with OPENED as (reading, writing):
            await inner.run(reading, writing, inner.create_initialization_options())

    app.add_api_route("/sse", connect)
"""
OVER_HTTP = "transport.connect_sse(request.scope, request.receive, request._send)"


@pytest.mark.parametrize(
    ("given", "inner", "opened", "transport", "bind"),
    [
        ("mcp", "server._mcp_server", OVER_HTTP, "both", "network"),
        ("mcp._mcp_server", "server", OVER_HTTP, "both", "network"),
        ("mcp", "server._mcp_server", "stdio_server()", "stdio", ""),
    ],
)
def test_a_server_is_served_where_its_inner_one_is_run(
    given: str, inner: str, opened: str, transport: str, bind: str
) -> None:
    files = {
        "server.py": SERVER.replace("GIVEN", given),
        "shop/__init__.py": "",
        "shop/transports/__init__.py": "",
        "shop/transports/mounting.py": MOUNTING.replace("INNER", inner).replace("OPENED", opened),
    }
    (tool,) = analyze(tree_of(files)).tools

    assert (tool.transport, tool.bind) == (transport, bind)
