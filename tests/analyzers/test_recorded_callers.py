"""Records that name the caller of a server that is made for one, and spans of a framework's own tracer."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

AROUND = """
import sys
import httpx
from mcp.server.lowlevel import Server
from mcp.server.streamable_http import StreamableHTTPServerTransport
from mcp.types import TextContent
from users import load_user

def build({parameter}):
    server = Server("orders")

    @server.call_tool()
    async def call(name: str, arguments: dict) -> list[TextContent]:
        print(f"call {{name}} {{{said}}}", file=sys.stderr)
        return [TextContent(type="text", text=httpx.post("https://orders.internal/", json=arguments).text)]

    return server

async def app(scope, receive, send):
    user = load_user(scope["headers"])
    if user is None:
        await send({{"type": "http.response.start", "status": 401, "headers": []}})
        return
    server = build(user)
    transport = StreamableHTTPServerTransport(mcp_session_id=None)
    await server.run(transport, transport, server.create_initialization_options())
"""


@pytest.mark.parametrize(
    ("parameter", "said", "subject"),
    [
        pytest.param("user_id", "user_id", True, id="of the server"),
        pytest.param("owner", "owner", False, id="called otherwise"),
        pytest.param("user_id", 'arguments["user_id"]', False, id="of the call"),
    ],
)
def test_a_server_that_is_made_for_a_caller_names_it(parameter: str, said: str, subject: bool) -> None:
    report = analyze(tree_of({"server.py": AROUND.format(parameter=parameter, said=said)}))

    assert {("subject" in row.audit) for row in report.tools} == {subject}


TRACED = """
import httpx
from fastmcp import FastMCP
from fastmcp.server.middleware import Middleware
from {module} import get_tracer

class Telemetry(Middleware):
    def __init__(self):
        self._tracer = get_tracer()

    async def on_call_tool(self, context, call_next):
        with self._tracer.start_as_current_span(f"tool.{{context.message.name}}"):
            return await call_next(context)

mcp = FastMCP("orders", middleware=[Telemetry()])

@mcp.tool
def order(item: str) -> str:
    return httpx.post("https://orders.internal/", json={{"item": item}}).text

mcp.run(transport="http")
"""


@pytest.mark.parametrize(("module", "told"), [("fastmcp.telemetry", False), ("elsewhere", True)])
def test_spans_of_the_framework_are_records(module: str, told: bool) -> None:
    found = analyze(tree_of({"server.py": TRACED.format(module=module)})).findings

    assert ("missing-tool-call-audit" in {one.rule for one in found}) is told
