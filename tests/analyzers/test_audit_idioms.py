"""Which records of calls servers keep, in the ways in which they write them."""

from collections.abc import Callable

import pytest

from analyzers import Report, analyze
from analyzers.finding import Confidence, Severity
from tests.analyzers.programs import tree_of

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


INJECTED = """
import functools
import logging
import httpx
from fastmcp import FastMCP

log = logging.getLogger(__name__)
mcp = FastMCP("crm")

def counted(function):
    @functools.wraps(function)
    async def inner(*args, **kwargs):
        calls.labels(tool=function.__name__).inc()
        return await function(*args, **kwargs)
    return inner

@counted
async def delete(client_of, number: str) -> str:
    client = client_of()
    log.info("deleting %s", number)
    client.delete("https://crm.internal/" + number)
    return "deleted"

def with_client(function):
    @functools.wraps(function)
    async def wrapped(*args, **kwargs):
        client = httpx.Client()
        return await function(lambda: client, *args, **kwargs)
    return wrapped

mcp.tool()(with_client(delete))
mcp.run(transport="http")
"""


def test_a_line_of_a_tool_is_no_record_of_what_is_put_around_it(scan: Callable[[dict[str, str]], Report]) -> None:
    rules = {finding.rule for finding in scan({"server.py": INJECTED}).findings}

    assert "missing-tool-call-audit" in rules
    assert "audit-without-tool-or-subject" not in rules


INHERITED = """
import logging
import httpx
from fastmcp import FastMCP
from fastmcp.server.dependencies import get_access_token
from fastmcp.server.middleware import Middleware

log = logging.getLogger(__name__)

class Recorded(Middleware):
    async def on_call_tool(self, context, call_next):
        log.info("%s called %s", get_access_token().client_id, context.message.name)
        return await call_next(context)

class Base(FastMCP):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.add_middleware(Recorded())

class Local(Base):
    pass

class Remote(Base):
    pass

def create(remote: bool, **kwargs) -> Base:
    if remote:
        return Remote("crm", auth=verifier, **kwargs)
    return Local("crm", auth=verifier, **kwargs)

mcp = create(True)

@mcp.tool
def delete(number: str) -> str:
    httpx.delete("https://crm.internal/" + number)
    return "deleted"

mcp.run(transport="http")
"""


def test_what_a_base_class_adds_is_added_to_the_servers_of_its_heirs(scan: Callable[[dict[str, str]], Report]) -> None:
    rules = {finding.rule for finding in scan({"server.py": INHERITED}).findings}

    assert "missing-tool-call-audit" not in rules


KEPT = """
import functools
import httpx
from fastmcp import FastMCP
from store import client_of, user_of_call

mcp = FastMCP("crm", auth=verifier)
store = client_of("calls")

async def log_to_store(tool_name: str, given: dict, user_id: str | None = None) -> None:
    if not store:
        return
    httpx.post("https://calls.internal/", json={"tool": tool_name, "given": given, "user": user_id})

def logged(function):
    @functools.wraps(function)
    async def wrapper(*args, **kwargs):
        result = await function(*args, **kwargs)
        await log_to_store(tool_name=function.__name__, given=kwargs, user_id=await user_of_call())
        return result
    return wrapper

@mcp.tool
@logged
async def delete(number: str) -> str:
    httpx.delete("https://crm.internal/" + number)
    return "deleted"

mcp.run(transport="http")
"""


def test_a_store_of_calls_that_may_be_missing_is_a_record(scan: Callable[[dict[str, str]], Report]) -> None:
    rules = {finding.rule for finding in scan({"server.py": KEPT}).findings}

    assert not rules & {"missing-tool-call-audit", "audit-without-tool-or-subject"}


REQUESTS = """
import json
import logging
import httpx
import jwt
from fastmcp import FastMCP
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import JSONResponse

mcp = FastMCP("orders")
log = logging.getLogger("orders")


class Keyed(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        tool = ""
        payload = json.loads(await request.body())
        if payload.get("method") == "tools/call":
            tool = str({name})[:64]
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        try:
            jwt.decode(token, KEY, algorithms=["RS256"], audience="orders")
        except jwt.InvalidTokenError:
            return JSONResponse({{}}, status_code=401)
        response = await call_next(request)
        log.info("called %s", {written})
        return response


@mcp.tool
def cancel(number: str) -> str:
    return httpx.delete("https://orders.internal/orders", params={{"n": number}}).text


mcp.run(transport="http", middleware=[Middleware(Keyed)])
"""


@pytest.mark.parametrize(
    ("name", "written", "rule"),
    [
        ('(payload.get("params") or {}).get("name", "")', "tool", "audit-without-tool-or-subject"),
        ('payload["params"]["name"]', "tool", "audit-without-tool-or-subject"),
        ('payload["params"]["name"]', "request.url.path", "missing-tool-call-audit"),
    ],
)
def test_an_application_may_record_the_tool_that_the_body_of_a_request_names(
    name: str, written: str, rule: str
) -> None:
    report = analyze(tree_of({"server.py": REQUESTS.format(name=name, written=written)}))
    found = {item.rule for item in report.findings} & {"audit-without-tool-or-subject", "missing-tool-call-audit"}

    assert found == {rule}


TRACED = """
import logging
import httpx
from fastmcp import FastMCP

log = logging.getLogger("shop")
mcp = FastMCP("shop")

class Operation:
    def __init__(self, name):
        self.name = name

    def __enter__(self):
        log.info("start", extra={"operation": self.name})
        return self

    def __exit__(self, *error):
        return False

@mcp.tool
def create_order(item: str) -> str:
BODY
    return httpx.post("https://crm.internal/orders", json={"item": item}).text

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("body", "severity"),
    [
        pytest.param("log.info('a new order of %s', item)", Severity.LOW, id="a line in each call"),
        pytest.param(
            "with Operation('create') as operation:\n        operation.item = item", Severity.LOW, id="on entering"
        ),
        pytest.param("if not item:\n        log.info('no item')", Severity.MEDIUM, id="a line in some calls"),
        pytest.param("log.debug('a new order of %s', item)", Severity.MEDIUM, id="a line below the default level"),
        pytest.param("pass", Severity.MEDIUM, id="no line"),
    ],
)
def test_tools_that_write_lines_of_their_own_lack_less(
    scan: Callable[[dict[str, str]], Report], body: str, severity: Severity
) -> None:
    program = TRACED.replace("BODY", f"    {body}")

    assert [
        finding.severity
        for finding in scan({"server.py": program}).findings
        if finding.rule == "missing-tool-call-audit"
    ] == [severity]


WRAPPED = """
import functools
import logging
import httpx
from fastmcp import FastMCP

log = logging.getLogger("shop")
mcp = FastMCP("shop")

def served(service):
    def around(tool):
        @functools.wraps(tool)
        async def call(*arguments, **named):
            try:
                name = tool.__name__
                log.info(f"[{name}] -> {service}")
                client = await connected(service)
            except PermissionError as error:
                log.error("%s refused", name)
                return "refused"
            try:
                return await tool(client, *arguments, **named)
            except KeyError as error:
                raise RuntimeError("expired") from error
        return call
    return around

@mcp.tool
@served("orders")
async def create_order(client, item: str) -> str:
    return httpx.post("https://orders.internal/", json={"item": item}).text

mcp.run(transport="http")
"""


def test_what_a_later_handler_raises_does_not_make_a_record_one_of_refusals() -> None:
    (row,) = analyze(tree_of({"server.py": WRAPPED})).tools
    (refusing,) = analyze(
        tree_of({"server.py": WRAPPED.replace("return await tool(client", "raise ValueError(")})
    ).tools

    assert (row.audit, refusing.audit) == ("tool", "none")
