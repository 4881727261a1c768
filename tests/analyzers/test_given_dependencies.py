"""Servers behind routes of which whoever puts them up says what is asked."""

import pytest

from analyzers import analyze
from analyzers.finding import Confidence
from tests.analyzers.programs import tree_of

SERVER = """\
import httpx
from fastapi import APIRouter, Request
from mcp.server.lowlevel import Server
from mcp.server.sse import SseServerTransport

class Mounted:
    def __init__(self):
        self.server = Server("shop")

        @self.server.call_tool()
        async def call_tool(name, arguments):
            if name == "delete_order":
                return httpx.delete("https://shop.internal/orders", params=arguments).text
            raise ValueError(name)

    def mount(self, router: APIRouter, dependencies=None):
        transport = SseServerTransport("/messages/")

        @router.get("/sse"ASKED)
        async def connect(request: Request):
            async with transport.connect_sse(request.scope, request.receive, request._send) as (reader, writer):
                await self.server.run(reader, writer, self.server.create_initialization_options())
"""


@pytest.mark.parametrize(
    ("asked", "confidence"),
    [(", dependencies=dependencies", Confidence.MEDIUM), ("", Confidence.HIGH), (", dependencies=[]", Confidence.HIGH)],
)
def test_what_is_asked_may_be_given(asked: str, confidence: Confidence) -> None:
    found = analyze(tree_of({"server.py": SERVER.replace("ASKED", asked)})).findings
    (one,) = [item for item in found if item.rule == "unauthenticated-network-server"]
    assert one.confidence is confidence
