"""Which records of calls servers keep, in the ways in which they write them."""

from collections.abc import Callable

import pytest

from analyzers import Report
from analyzers.finding import Confidence

RULES = ("missing-tool-call-audit", "audit-without-tool-or-subject")
REGISTERED = """
import functools
import logging
import httpx
from fastmcp import FastMCP

log = logging.getLogger("shop")
mcp = FastMCP("shop")

def head(tool, arguments):
    return f"{tool} {len(arguments)}"

def line(tool, arguments):
    text = head(tool, arguments)
    log.info("%s", text)

def failure(tool, error):
    log.warning("%s failed: %s", tool, error)

def either(tool, answer):
    if not answer:
        log.info("%s was empty", tool)
    elif len(answer) == 1:
        line(tool, answer)
    else:
        log.info("%s gave %d", tool, len(answer))

def some(tool, answer):
    if not answer:
        log.info("%s was empty", tool)
    elif len(answer) == 1:
        line(tool, answer)

def logged(tool):
    name = tool.__name__

    @functools.wraps(tool)
    def call(**arguments):
        try:
            answer = tool(**arguments)
        except ValueError as error:
            failure(name, error)
            raise
        RECORD
        return answer

    return call

def create_order(item: str) -> str:
    return httpx.post("https://orders.internal/orders", json={"item": item}).text

mcp.add_tool(logged(create_order))
mcp.run(transport="http")
"""
EXTENDED = """
import logging
import httpx
from fastmcp import FastMCP
from fastmcp.server.dependencies import get_access_token
from fastmcp.server.middleware.logging import StructuredLoggingMiddleware

class Caller(logging.Filter):
    def filter(self, record):
        token = get_access_token()
        record.subject = token.claims.get("sub") if token else None
        return True

class Lines(StructuredLoggingMiddleware):
    def named(self, context):
        return {"tool": context.message.name}

    def _create_after_message(self, context, start_time):
        return super()._create_after_message(context, start_time) | EXTENSION

handler = logging.StreamHandler()
FILTER
logging.getLogger("fastmcp").addHandler(handler)
mcp = FastMCP("shop", auth=verifier)
mcp.add_middleware(Lines())

@mcp.tool
def create_order(item: str) -> str:
    return httpx.post("https://orders.internal/orders", json={"item": item}).text

mcp.run(transport="http")
"""
SWALLOWED = """
import logging
import httpx
from fastmcp import FastMCP
from fastmcp.server.middleware import Middleware

class Closing(Middleware):
    async def on_call_tool(self, context, call_next):
        try:
            return await call_next(context)
        finally:
            self.close(context)

    def close(self, context):
        try:
            pool.give_back()
        except Exception:
            logging.getLogger("shop").warning("not closed: %s", context.message.name)

mcp = FastMCP("shop", middleware=[Closing()])

@mcp.tool
def create_order(item: str) -> str:
    return httpx.post("https://orders.internal/orders", json={"item": item}).text

mcp.run(transport="http")
"""
NESTED = REGISTERED.replace("RECORD", "line(name, arguments)").replace(
    "mcp.add_tool(logged(create_order))",
    """
def by_kind(kinds):
    def decorated(tool):
        ways = {kind: WRAP(tool) for kind in kinds}

        @functools.wraps(tool)
        def call(**arguments):
            return ways[arguments["kind"]](**arguments)

        return call

    return decorated

mcp.add_tool(by_kind(["a", "b"])(create_order))
""",
)
DISPATCHED = """
import logging
import httpx
from fastmcp import FastMCP
from fastmcp.server.dependencies import get_access_token

log = logging.getLogger("shop")
mcp = FastMCP("shop", auth=verifier)

def caller() -> str:
    return get_access_token().claims["sub"]

def create(item: str) -> str:
    log.info("created by %s", caller())
    return httpx.post("https://orders.internal/orders", json={"item": item}).text

def drop(item: str) -> str:
    RECORD
    return httpx.delete("https://orders.internal/orders/1").text

@mcp.tool
def orders(action: str, item: str) -> str:
    if action == "create":
        return create(item)
    elif action == "drop":
        return drop(item)
    raise ValueError(action)

mcp.run(transport="http")
"""
CONFIGURED = EXTENDED.replace("mcp.add_middleware(Lines())", "configure(mcp)").replace(
    "handler = ", "def configure(server: FastMCP) -> None:\n    server.add_middleware(Lines())\n\nhandler = "
)
NAMED = EXTENDED.replace("EXTENSION", "self.named(context)")
UNNAMED = EXTENDED.replace("EXTENSION", '{"started": start_time}').replace("FILTER", "")
REPLACED = """
import functools
import logging
import httpx
from mcp.server.fastmcp import FastMCP

log = logging.getLogger("shop")
mcp = FastMCP("shop", host="0.0.0.0")

@mcp.tool()
async def create_order(item: str) -> str:
    return httpx.post("https://orders.internal/orders", json={"item": item}).text

def watch(server: FastMCP) -> None:
    for tool in server._tool_manager._tools.values():
        original, tool_name = tool.fn, tool.name

        async def wrapped(*args, __original=original, __name=tool_name, **kwargs):
            RECORD
            return await __original(*args, **kwargs)

        tool.fn = wrapped

watch(mcp)
mcp.run(transport="streamable-http")
"""
AROUND = """
import logging
import time
import httpx
from mcp import types
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.fastmcp import FastMCP

log = logging.getLogger("shop")
mcp = FastMCP("shop", host="0.0.0.0")

@mcp.tool()
async def create_order(item: str) -> str:
    return httpx.post("https://orders.internal/orders", json={"item": item}).text

def written(request, outcome):
    token = get_access_token()
    log.info("%s %s", outcome, request.params.name, extra={"client": token.client_id})

def watch(server: FastMCP) -> None:
    inner = server._mcp_server
    original = inner.request_handlers[types.CallToolRequest]

    async def handler(request: types.CallToolRequest):
        try:
            answer = await original(request)
        except Exception:
            RECORD
            raise
        RECORD
        return answer

    inner.request_handlers[types.CallToolRequest] = handler

watch(mcp)
mcp.run(transport="streamable-http")
"""
CASES = [
    pytest.param(AROUND.replace("RECORD", 'written(request, "ok")'), [], id="put around the handler of all calls"),
    pytest.param(AROUND.replace("RECORD", "pass"), [RULES[0]], id="what is put around all calls records nothing"),
    pytest.param(REPLACED.replace("RECORD", 'log.info("called %s", __name)'), [], id="put around each tool later"),
    pytest.param(REPLACED.replace("RECORD", "pass"), [RULES[0]], id="what is put around each tool records nothing"),
    pytest.param(REGISTERED.replace("RECORD", "line(name, arguments)"), [], id="a wrapper writes a line in a helper"),
    pytest.param(REGISTERED.replace("RECORD", "either(name, answer)"), [], id="each way of a helper writes a line"),
    pytest.param(REGISTERED.replace("RECORD", "some(name, answer)"), [RULES[0]], id="one way of a helper writes none"),
    pytest.param(REGISTERED.replace("RECORD", ""), [RULES[0]], id="only failures are written"),
    pytest.param(NESTED.replace("WRAP(", "logged("), [], id="one of several wrappers that a wrapper chooses among"),
    pytest.param(NESTED.replace("WRAP(", "str("), [RULES[0]], id="a wrapper that chooses among what writes nothing"),
    pytest.param(SWALLOWED, [RULES[0]], id="only failures are written, by a hook that goes on"),
    pytest.param(NAMED.replace("FILTER", "handler.addFilter(Caller())"), [], id="a filter adds the caller"),
    pytest.param(
        CONFIGURED.replace("EXTENSION", "self.named(context)").replace("FILTER", "handler.addFilter(Caller())"),
        [],
        id="a function that is given the server attaches it",
    ),
    pytest.param(NAMED.replace("FILTER", ""), [RULES[1]], id="nothing adds the caller"),
    pytest.param(
        DISPATCHED.replace("RECORD", 'log.info("dropped by %s", caller())'), [], id="each of its actions does"
    ),
    pytest.param(DISPATCHED.replace("RECORD", "log.info(item)"), [RULES[0]], id="one of its actions does not"),
    pytest.param(UNNAMED, [RULES[1]], id="nothing names the tool"),
]


@pytest.mark.parametrize(("program", "expected"), CASES)
def test_a_server_keeps_a_record(scan: Callable[[dict[str, str]], Report], program: str, expected: list[str]) -> None:
    report = scan({"server.py": program, "requirements.txt": "fastmcp"})
    told = [found.rule for found in report.findings if found.rule in RULES and found.confidence >= Confidence.MEDIUM]

    assert told == expected
