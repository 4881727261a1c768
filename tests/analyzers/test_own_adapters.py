"""Adapters of a program that hand a server streams of their own: what feeds them says who reaches it."""

from collections.abc import Callable

import pytest

from analyzers import Report

ADAPTER = """
import sys
import anyio
from mcp.server.fastmcp import FastMCP


async def feed(sending, source):
    async for line in anyio.wrap_file(source):
        await sending.send(line)


async def drain(receiving):
    async for message in receiving:
        print(message)


async def serve(server: FastMCP, reading, writing):
    await server._mcp_server.run(reading, writing, server._mcp_server.create_initialization_options())


async def adapted(server: FastMCP, source=SOURCE):
    incoming, reading = anyio.create_memory_object_stream(0)
    writing, outgoing = anyio.create_memory_object_stream(0)
    async with anyio.create_task_group() as group:
        group.start_soon(feed, incoming, source)
        group.start_soon(drain, outgoing)
        group.start_soon(serve, server, reading, writing)
"""
SERVER = """
import os
import sys
import anyio
from mcp.server.fastmcp import FastMCP
from adapter import adapted

mcp = FastMCP("desk")


@mcp.tool()
def drop(name: str) -> None:
    os.unlink("/srv/desk/" + os.path.basename(name))


def main():
    if "--http" in sys.argv:
        mcp.run(transport="streamable-http")
    else:
        anyio.run(adapted, mcp)


if __name__ == "__main__":
    main()
"""


@pytest.mark.parametrize(("source", "transport"), [("sys.stdin", "both"), ("None", "http")])
def test_streams_fed_by_the_standard_input_are_stdio(
    scan: Callable[[dict[str, str]], Report], source: str, transport: str
) -> None:
    report = scan({"server.py": SERVER, "adapter.py": ADAPTER.replace("SOURCE", source)})

    assert {tool.transport for tool in report.tools} == {transport}
