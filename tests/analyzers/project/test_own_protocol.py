"""Servers that speak JSON-RPC by themselves, without a framework."""

import pytest

from analyzers.finding import Report
from analyzers.rule import py
from tests.analyzers.rules.test_rules import plain_files, report_on

STDIO = """
import json
import os
import sys

class Server:
    def handle(self, request):
        method = request.get("method")
        if method == "initialize":
            return {"protocolVersion": "2024-11-05", "capabilities": {"tools": {}}}
        if method == "tools/list":
            return {"tools": [{"name": "read"}, {"name": "remove"}]}
        if method == "tools/call":
            params = request.get("params") or {}
            return call_tool(params.get("name", ""), params.get("arguments") or {})
        return None

def call_tool(name, arguments):
    handlers = {"read": read, "remove": remove}
    if name not in handlers:
        raise ValueError(name)
    return handlers[name](**arguments)

def read(path):
    return open(path).read()

def remove(path):
    os.remove(path)

def main():
    server = Server()
    for line in sys.stdin:
        print(json.dumps(server.handle(json.loads(line))))
"""
COMPARED = """
import os
from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Request

router = APIRouter()

@router.post("/mcp")
async def endpoint(request: Request):
    message = await request.json()
    method, params = message["method"], message.get("params", {})
    if method == "initialize":
        return {"result": {"protocolVersion": "2025-06-18"}}
    elif method == "tools/list":
        return {"result": {"tools": []}}
    elif method == "prompts/get":
        name = params["name"]
        if name == "greet":
            os.remove("/tmp/greeting")
    elif method == "tools/call":
        name = params.get("name")
        if name == "remove":
            os.remove(params["arguments"]["path"])
        elif name == "hello":
            return {"result": "hello"}
    return {}

app = FastAPI()
app.include_router(router)
"""
VERIFIER = """
def verified(authorization: str = Header()):
    if authorization != os.environ["TOKEN"]:
        raise HTTPException(status_code=401)
"""
INSIDE = """
    if request.headers.get("authorization") != os.environ["TOKEN"]:
        raise HTTPException(401)
    message = await request.json()
"""
TABLE = """
import os
from aiohttp import web

async def initialize(params):
    return {"protocolVersion": "2025-06-18"}

async def list_tools(params):
    return {"tools": []}

async def call_tool(params):
    name, arguments = params["name"], params.get("arguments", {})
    match name:
        case "remove":
            os.remove(arguments["path"])
        case "hello":
            return "hello"

METHODS = {"initialize": initialize, "tools/list": list_tools, "tools/call": call_tool}

async def answer(request):
    message = await request.json()
    handler = METHODS[message["method"]]
    return web.json_response(await handler(message.get("params")))

app = web.Application()
app.router.add_post("/mcp", answer)
"""
PLAIN_HTTP = """
import json
import os
from http.server import BaseHTTPRequestHandler, HTTPServer

class Tools:
    def call(self, name, arguments):
        return getattr(self, f"tool_{name}")(**arguments)

    def tool_remove(self, path):
        os.remove(path)

class Handler(BaseHTTPRequestHandler):
    tools = Tools()

    def do_POST(self):
        message = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.wfile.write(json.dumps(self.answer(message)).encode())

    def answer(self, message):
        match message["method"]:
            case "initialize":
                return {"protocolVersion": "2025-06-18", "serverInfo": {"name": "files"}}
            case "tools/call":
                return self.tools.call(message["params"]["name"], message["params"]["arguments"])

HTTPServer(("", 8000), Handler).serve_forever()
"""
REGISTERED = """
import os
import sys
from rpc import Peer

peer = Peer(sys.stdin)

@peer.method("initialize")
def initialize(params):
    return {"protocolVersion": "2025-06-18"}

@peer.method("tools/call")
def call(params):
    if params["name"] == "remove":
        os.remove(params["arguments"]["path"])

@peer.method("tools/list")
def listed(params):
    return {"tools": []}
"""
UNKNOWN = """
import sys
import json
from plugins import registry

def handle(request):
    if request["method"] == "tools/list":
        return {"tools": registry.describe()}
    if request["method"] == "tools/call":
        return registry.run(request["params"]["name"], request["params"]["arguments"])

for line in sys.stdin:
    print(json.dumps(handle(json.loads(line))))
"""
HANDED_ON = """
from fastapi import FastAPI, Request
from fastmcp import FastMCP
import os

mcp = FastMCP("files")
app = FastAPI()

@mcp.tool
def remove(path: str) -> None:
    os.remove(path)

@app.post("/mcp")
async def endpoint(request: Request):
    message = await request.json()
    if message["method"] == "tools/list":
        return {"tools": await mcp.list_tools()}
    if message["method"] == "tools/call":
        return await mcp.call_tool(message["params"]["name"], message["params"]["arguments"])
"""
CLIENT = """
import httpx

class Client:
    def call(self, name, arguments):
        return self.send("tools/call", {"name": name, "arguments": arguments})

    def list(self):
        return self.send("tools/list", {})

    def send(self, method, params):
        answer = httpx.post("https://mcp.example.com", json={"method": method, "params": params}).json()
        return answer["result"]

def main(client):
    client.send("initialize", {"protocolVersion": "2025-06-18"})
    answer = client.send("tools/call", {"name": "read", "arguments": {}})
    if "error" in answer:
        return None
    return answer
"""
LOOKING = """
def needed(message):
    if message["method"] == "tools/list":
        return "read"
    if message["method"] == "tools/call":
        return "write:" + message["params"]["name"]
    return ""

async def logged(context, call_next):
    if context.method == "initialize":
        print("hello")
    elif context.method == "tools/call":
        print("call")
    return await call_next(context)

LABELS = {"tools/call": "name", "tools/list": "cursor"}
"""


def report(text: str) -> Report:
    return report_on(plain_files(py(text).files))


@pytest.mark.parametrize(
    ("text", "names", "transport"),
    [
        (STDIO, ["read", "remove"], "stdio"),
        (COMPARED, ["hello", "remove"], "http"),
        (TABLE, ["hello", "remove"], "http"),
        (PLAIN_HTTP, ["remove"], "http"),
        (REGISTERED, ["remove"], "stdio"),
    ],
)
def test_tools_of_a_server_without_a_framework_are_told(text: str, names: list[str], transport: str) -> None:
    tools = report(text).tools

    assert [(row.name, row.transport) for row in tools] == [(name, transport) for name in names]
    assert "destroy" in next(row for row in tools if row.name == "remove").capabilities


def test_a_tool_does_only_what_its_own_request_leads_to() -> None:
    hello = next(row for row in report(COMPARED).tools if row.name == "hello")

    assert hello.capabilities == ("read-public",)


def test_tools_that_are_not_seen_are_told_as_unknown() -> None:
    found = report(UNKNOWN)

    assert [(row.name, row.transport) for row in found.tools] == [("?", "stdio")]
    assert found.coverage.tools_dynamic == 1


def test_a_framework_that_calls_are_handed_on_to_is_reached_where_they_are_taken() -> None:
    tools = report(HANDED_ON).tools

    assert [(row.name, row.transport, row.authentication) for row in tools] == [("remove", "http", "none")]


@pytest.mark.parametrize("text", [CLIENT, LOOKING])
def test_what_only_names_the_requests_is_no_server(text: str) -> None:
    assert not report(text).tools


def test_an_open_route_is_told() -> None:
    rules = {found.rule for found in report(COMPARED).findings}

    assert {"unauthenticated-network-server", "path-traversal"} <= rules


@pytest.mark.parametrize(
    "text",
    [
        COMPARED.replace("request: Request)", "request: Request, user=Depends(verified))") + VERIFIER,
        COMPARED.replace('"/mcp")', '"/mcp", dependencies=[Depends(verified)])') + VERIFIER,
        COMPARED.replace("APIRouter()", "APIRouter(dependencies=[Depends(verified)])") + VERIFIER,
        COMPARED.replace("(router)", "(router, dependencies=[Depends(verified)])") + VERIFIER,
        COMPARED.replace("\n    message = await request.json()\n", INSIDE),
    ],
)
def test_what_refuses_callers_of_the_route_authenticates_them(text: str) -> None:
    found = report(text)

    assert all(row.authentication.startswith(("verified", "endpoint")) for row in found.tools)
    assert "unauthenticated-network-server" not in {item.rule for item in found.findings}


CHECKED = """
    elif method == "tools/call":
        name = params.get("name")
        caller = await tokens.verify_token(params["arguments"].get("token"))
        if not caller.valid:
            raise PermissionError("token")
        if not await policy.authorize(caller.user, name):
            raise PermissionError(name)
"""


def test_what_a_dispatcher_asks_of_callers_by_names_alone_is_not_resolved() -> None:
    asked = COMPARED.replace('\n    elif method == "tools/call":\n        name = params.get("name")\n', CHECKED)
    found = report(f"from own import policy, tokens\n{asked}")

    assert {row.authentication.partition(" ")[0] for row in found.tools} == {"verify_token"}
    assert {row.authorization.kind for row in found.tools} == {"unresolved"}
    assert "unauthenticated-network-server" not in {item.rule for item in found.findings}


WRAPPED = """
import os
from fastapi import status
from mcp.server.fastmcp import FastMCP
from starlette.responses import JSONResponse

class Gate:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if dict(scope["headers"]).get(b"authorization") != os.environb[b"TOKEN"]:
            refusal = JSONResponse({}, status_code=status.HTTP_401_UNAUTHORIZED)
            return await refusal(scope, receive, send)
        await self.app(scope, receive, send)

def gated(mcp):
    original = mcp.streamable_http_app

    def wrapped():
        app = original()
        app.add_middleware(Gate)
        return app

    mcp.streamable_http_app = wrapped

mcp = FastMCP("files")
gated(mcp)

@mcp.tool()
def remove(path: str) -> None:
    os.remove(path)

mcp.run(transport="streamable-http")
"""


def test_an_application_that_is_put_in_the_place_of_the_own_one_authenticates() -> None:
    assert [row.authentication.partition(" ")[0] for row in report(WRAPPED).tools] == ["Gate"]


def test_a_part_of_an_application_that_is_taken_in_elsewhere_is_authenticated_there() -> None:
    app = COMPARED.replace("app = FastAPI()\napp.include_router(router)\n", "")
    main = (
        "import os\nfrom fastapi import Depends, FastAPI, Header, HTTPException\nfrom routes import router\n" + VERIFIER
    )
    main += "\napp = FastAPI()\napp.include_router(router, dependencies=[Depends(verified)])\n"

    tools = report_on(plain_files({"main.py": main, "routes.py": app})).tools

    assert {row.authentication.partition(" ")[0] for row in tools} == {"verified"}


def test_a_table_in_a_file_of_many_functions_is_one_of_a_server() -> None:
    helpers = "\n".join(f"def helper_{number}(value):\n    return value\n" for number in range(60))

    assert [row.name for row in report(f"{helpers}\n{TABLE}").tools] == ["hello", "remove"]
