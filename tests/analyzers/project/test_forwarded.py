"""Transports that a function hands on to a server among its own keywords."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
from fastmcp import FastMCP

mcp = FastMCP("shell")

class Service:
    def __init__(self):
        self.mcp = mcp

    async def run(self, **options):
        await self.mcp.run_async(**options)

@mcp.tool
def delete(name: str) -> str:
    return name

STARTED
"""


@pytest.mark.parametrize(
    ("started", "transport"),
    [
        pytest.param("await Service().run()", "stdio", id="nothing"),
        pytest.param("await Service().run(show_banner=False)", "stdio", id="something else"),
        pytest.param("await Service().run(transport='http')", "http", id="a transport"),
        pytest.param("await Service().run()\nawait Service().run(transport='sse')", "both", id="either"),
        pytest.param("await Service().run(transport=chosen())", "both", id="one that is not known"),
        pytest.param("await Service().run(**chosen())", "both", id="a table"),
        pytest.param("await made().run(transport='http')", "both", id="a call of something unknown"),
        pytest.param("", "both", id="no call"),
    ],
)
def test_a_server_is_run_on_what_callers_hand_on(
    scan: Callable[[dict[str, str]], Report], started: str, transport: str
) -> None:
    report = scan({"server.py": SERVER.replace("STARTED", started)})

    assert [row.transport for row in report.tools] == [transport]
