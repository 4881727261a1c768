"""State that several tools set from what their callers sent is told once, for all of them."""

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import httpx
from fastmcp import FastMCP

mcp = FastMCP("registry")
cookie = None

def asked(path: str) -> str:
    return httpx.post("https://registry.internal" + path, cookies={"session": cookie}).text

@mcp.tool
def toggle(session_cookie: str) -> str:
    global cookie
    cookie = session_cookie
    return asked("/toggle")

@mcp.tool
def refresh(session_cookie: str) -> str:
    global cookie
    cookie = session_cookie
    return asked("/refresh")

@mcp.tool
def status() -> str:
    return asked("/status")

mcp.run(transport="http")
"""


def test_all_tools_that_set_a_state_are_told_of_once() -> None:
    (found,) = [one for one in analyze(tree_of({"server.py": SERVER})).findings if one.rule == "cross-session-state"]

    assert found.tools == ("server:mcp:refresh", "server:mcp:toggle")
    assert found.message.endswith(
        "and 1 more keep a credential or the identity of its caller in `cookie`, which the calls of others read."
    )


DISPATCHER = """
import httpx
from mcp.server import Server
from mcp.server.sse import SseServerTransport
from mcp.types import TextContent, Tool
from starlette.applications import Starlette
from starlette.routing import Route
import uvicorn

app = Server("registry")
upstream = {{}}

@app.list_tools()
async def list_tools() -> list[Tool]:
    return [
        Tool(name="connect", description="Connect", inputSchema={{"type": "object"}}),
        Tool(name="status", description="Show", inputSchema={{"type": "object"}}),
        Tool(name="count", description="Count", inputSchema={{"type": "object"}}),
    ]

async def connect(arguments: dict) -> str:
    keep(arguments["address"])
    return "connected"

def keep(address: str) -> None:
    upstream["address"] = address

async def status(arguments: dict) -> str:
    return httpx.get(upstream["address"] + "/status").text

async def count(arguments: dict) -> str:
    return str(len(arguments))

@app.call_tool()
async def call_tool(name: str, arguments: dict) -> list[TextContent]:
    {call}
    return [TextContent(type="text", text=text)]

{rest}

sse = SseServerTransport("/messages/")

async def handle_sse(request):
    async with sse.connect_sse(request.scope, request.receive, request._send) as streams:
        await app.run(streams[0], streams[1], app.create_initialization_options())

uvicorn.run(Starlette(routes=[Route("/sse", endpoint=handle_sse)]), host="0.0.0.0", port=8000)
"""

BRANCHES = """
    if name == "connect":
        {text} await connect(arguments)
    elif name == "status":
        {text} await status(arguments)
    elif name == "count":
        {text} await count(arguments)
    else:
        raise ValueError(name)
"""


def _writers(program: str) -> list[tuple[str, ...]]:
    found = analyze(tree_of({"server.py": program})).findings
    return [one.tools for one in found if one.rule == "cross-session-state"]


def test_only_the_tool_whose_branch_sets_a_state_is_named() -> None:
    inside = DISPATCHER.format(call=BRANCHES.format(text="text ="), rest="")

    assert _writers(inside) == [("server:app:connect",)]


def test_a_dispatcher_further_in_leads_to_the_tool_that_sets_a_state() -> None:
    chosen = "async def chosen(name: str, arguments: dict) -> str:" + BRANCHES.format(text="return")
    further = DISPATCHER.format(call="text = await chosen(name, arguments)", rest=chosen)

    assert _writers(further) == [("server:app:connect",)]


def test_what_every_name_runs_sets_a_state_for_all_tools() -> None:
    before = 'keep(arguments["address"])\n' + BRANCHES.format(text="text =")
    always = DISPATCHER.format(call=before, rest="")

    assert _writers(always) == [("server:app:connect", "server:app:count", "server:app:status")]
