"""The transport of low-level servers, which are started on the streams of one."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """\
{imports}
from mcp.server import Server


def create_server():
    server = Server("shop")

    @server.list_tools()
    async def tools():
        return []

    @server.call_tool()
    async def call(name, arguments):
        if name == "list":
            return []
        raise ValueError(name)

    return server


async def serve(request=None):
    server = create_server()
    {start}
"""
STDIO = "async with {}() as (reading, writing):\n        await server.run(reading, writing, options)"
SSE = (
    "transport = {}('/messages')\n"
    "    async with transport.connect_sse(request.scope, request.receive, request.send) as streams:\n"
    "        await server.run(streams[0], streams[1], options)"
)


@pytest.mark.parametrize(
    ("imports", "start", "transport"),
    [
        ("from mcp.server.stdio import stdio_server", STDIO.format("stdio_server"), "stdio"),
        ("import mcp.server.stdio", STDIO.format("mcp.server.stdio.stdio_server"), "stdio"),
        ("import mcp.server.sse\nimport mcp.types", SSE.format("mcp.server.sse.SseServerTransport"), "http"),
        ("from mcp.server.sse import SseServerTransport", SSE.format("SseServerTransport"), "http"),
        ("from vendor import streams_of", STDIO.format("streams_of"), "unknown"),
    ],
)
def test_a_server_of_a_factory_is_started_on_what_its_streams_are_of(
    scan: Callable[[dict[str, str]], Report], imports: str, start: str, transport: str
) -> None:
    (tool,) = scan({"server.py": SERVER.format(imports=imports, start=start)}).tools

    assert (tool.name, tool.transport) == ("list", transport)


def test_settings_are_those_of_the_transport_whose_streams_are_served(
    scan: Callable[[dict[str, str]], Report],
) -> None:
    imports = "from mcp.server.sse import SseServerTransport"
    program = SERVER.format(imports=imports, start=SSE.format("SseServerTransport"))

    (found,) = [item for item in scan({"server.py": program}).findings if item.rule == "origin-validation-off"]

    assert found.location.line == program[: program.index("transport =")].count("\n") + 1
