"""A low-level server behind an application that verifies tokens, and changes of a few lines to it."""

import pytest

from analyzers import analyze
from analyzers.finding import Report
from tests.analyzers.matrix.cells import change
from tests.analyzers.programs import tree_of

IDENTITY = """\
import os
from contextvars import ContextVar
from dataclasses import dataclass

import jwt
from starlette.requests import Request
from starlette.responses import JSONResponse

KEYS = jwt.PyJWKClient(os.environ["JWKS_URL"])
AUDIENCE = "https://orders.example/mcp"


@dataclass(frozen=True)
class Principal:
    subject: str
    customer: str
    roles: frozenset[str]
    tools: frozenset[str]


current: ContextVar[Principal | None] = ContextVar("current", default=None)


def verified(token: str) -> Principal:
    claims = jwt.decode(
        token,
        KEYS.get_signing_key_from_jwt(token).key,
        algorithms=["RS256"],
        audience=AUDIENCE,
        options={"require": ["exp", "sub", "aud"]},
    )
    return Principal(
        claims["sub"],
        claims["customer"],
        frozenset(claims.get("roles", ())),
        frozenset(claims.get("allowed_tools", ())),
    )


class Authenticated:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        header = Request(scope).headers.get("authorization", "")
        kind, _, token = header.partition(" ")
        if kind.lower() != "bearer" or not token:
            await JSONResponse({"error": "unauthorized"}, 401)(scope, receive, send)
            return
        try:
            principal = verified(token)
        except jwt.PyJWTError:
            await JSONResponse({"error": "unauthorized"}, 401)(scope, receive, send)
            return
        reset = current.set(principal)
        try:
            await self.app(scope, receive, send)
        finally:
            current.reset(reset)
"""
GUARD = """\
import logging

from identity import current

audit = logging.getLogger("orders.audit")


class Denied(Exception):
    pass


def require(tool):
    principal = current.get()
    if principal is None or tool not in principal.tools:
        audit.warning("denied tool=%s subject=%s", tool, principal.subject if principal else None)
        raise Denied(f"{tool} is not allowed")
    audit.info("allowed tool=%s subject=%s", tool, principal.subject)
    return principal
"""
STORE = """\
import os

from psycopg_pool import AsyncConnectionPool

pool = AsyncConnectionPool(os.environ["DATABASE_URL"], open=False)


async def orders_of(customer, limit):
    async with pool.connection() as connection:
        query = "SELECT id FROM orders WHERE customer = %s LIMIT %s"
        return await (await connection.execute(query, (customer, limit))).fetchall()


async def order(customer, number):
    async with pool.connection() as connection:
        query = "SELECT * FROM orders WHERE customer = %s AND id = %s"
        return await (await connection.execute(query, (customer, number))).fetchone()


async def erase(customer):
    async with pool.connection() as connection:
        await connection.execute("DELETE FROM orders WHERE customer = %s", (customer,))
"""
SERVER = """\
import contextlib
import json

import uvicorn
from mcp import types
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount

import store
from guard import Denied, require
from identity import Authenticated

server = Server("orders")


@server.list_tools()
async def list_tools():
    return [types.Tool(name=name, inputSchema={}) for name in ("list_orders", "read_order", "erase_orders")]


@server.call_tool()
async def call_tool(name, arguments):
    try:
        caller = require(name)
        match name:
            case "list_orders":
                result = await store.orders_of(caller.customer, min(arguments["limit"], 50))
            case "read_order":
                result = await store.order(caller.customer, arguments["number"])
            case "erase_orders":
                result = await store.erase(caller.customer)
            case _:
                raise Denied(f"no tool {name}")
    except Denied as denied:
        return [types.TextContent(type="text", text=str(denied))]
    return [types.TextContent(type="text", text=json.dumps(result, default=str))]


manager = StreamableHTTPSessionManager(app=server)


@contextlib.asynccontextmanager
async def lifespan(app):
    async with store.pool, manager.run():
        yield


app = Starlette(
    routes=[Mount("/mcp", app=manager.handle_request, middleware=[Middleware(Authenticated)])],
    lifespan=lifespan,
)
uvicorn.run(app, host="0.0.0.0", port=8000)
"""
FILES = {"identity.py": IDENTITY, "guard.py": GUARD, "store.py": STORE, "server.py": SERVER}
REFUSAL = '            await JSONResponse({"error": "unauthorized"}, 401)(scope, receive, send)\n            return\n'
PASSED = "            await self.app(scope, receive, send)\n            return\n"
REMOVED = "authorization-removed-in-change"
VOID = "ineffective-authorization-check"
AUTHENTICATION = {"authentication": ("Authenticated", "none")}


def _changed(path: str, old: str, new: str) -> Report:
    assert old in FILES[path]
    head = {**FILES, path: FILES[path].replace(old, new)}
    return analyze(tree_of(head), tree_of(FILES), change(FILES, head))


def _told(report: Report) -> list[tuple[str, str, int]]:
    """Return what is new: the rule, its file, and how many tools it concerns."""
    return sorted((item.rule, item.location.path, len(item.tools)) for item in report.findings if item.new)


def _worse(report: Report, tool: str) -> dict[str, tuple[str | None, str | None]]:
    return {
        item.column: (item.before, item.after)
        for item in report.authority_diff or ()
        if item.tool.endswith(f":{tool}") and item.direction == "worse"
    }


def test_what_is_guarded_is_told_with_the_claim_that_guards_it() -> None:
    report = analyze(tree_of(FILES))

    assert {(row.authorization.kind, row.authorization.claim) for row in report.tools} == {
        ("per_tool", "allowed_tools")
    }
    assert {row.authentication.partition(" ")[0] for row in report.tools} == {"Authenticated"}


@pytest.mark.parametrize(
    ("path", "old", "new", "told"),
    [
        pytest.param(
            "identity.py",
            'options={"require": ["exp", "sub", "aud"]}',
            'options={"verify_signature": False}',
            [("audit-without-tool-or-subject", "guard.py", 3), ("unverified-token", "identity.py", 0)],
            id="signature",
        ),
        pytest.param(
            "identity.py",
            '["exp", "sub", "aud"]}',
            '["exp", "sub", "aud"], "verify_aud": False}',
            [("missing-audience-check", "identity.py", 3)],
            id="audience",
        ),
        pytest.param(
            "identity.py",
            "        kind, _, token",
            '        print("called with", header)\n        kind, _, token',
            [("secret-in-log", "identity.py", 0)],
            id="header in the log",
        ),
        pytest.param("server.py", "match name:", "match name.lower():", [(VOID, "server.py", 3)], id="spelling"),
        pytest.param(
            "server.py",
            "        caller = require(name)\n",
            "        caller = None\n        with contextlib.suppress(Denied):\n            caller = require(name)\n",
            [(VOID, "server.py", 3)],
            id="suppressed",
        ),
        pytest.param(
            "guard.py",
            "tool not in principal.tools",
            '(tool not in principal.tools and "*" not in principal.tools)',
            [("wildcard-tool-grant", "guard.py", 0)],
            id="wildcard",
        ),
        pytest.param(
            "server.py",
            "store.orders_of(caller.customer",
            'store.orders_of(arguments.get("customer", caller.customer)',
            [("caller-supplied-identity", "server.py", 1)],
            id="customer",
        ),
        pytest.param(
            "guard.py",
            '    audit.info("allowed tool=%s subject=%s", tool, principal.subject)\n',
            "",
            [("missing-tool-call-audit", "guard.py", 3)],
            id="no record",
        ),
        pytest.param(
            "guard.py",
            '"allowed tool=%s subject=%s", tool, principal.subject',
            '"allowed tool=%s", tool',
            [("audit-without-tool-or-subject", "guard.py", 3)],
            id="no subject",
        ),
    ],
)
def test_one_cause_is_told_once(path: str, old: str, new: str, told: list[tuple[str, str, int]]) -> None:
    assert _told(_changed(path, old, new)) == told


@pytest.mark.parametrize(
    ("path", "old", "new", "worse"),
    [
        pytest.param("server.py", ", middleware=[Middleware(Authenticated)]", "", AUTHENTICATION, id="not attached"),
        pytest.param(
            "identity.py",
            REFUSAL + "        try:",
            PASSED + "        try:",
            AUTHENTICATION,
            id="without a token",
        ),
        pytest.param(
            "identity.py",
            "        except jwt.PyJWTError:\n" + REFUSAL,
            "        except jwt.PyJWTError:\n            principal = None\n",
            AUTHENTICATION,
            id="with any token",
        ),
        pytest.param(
            "guard.py",
            "tool not in principal.tools",
            '(tool not in principal.tools and "support" not in principal.roles)',
            {"authorization": ("per_tool (allowed_tools)", "per_tool (allowed_tools or roles: support or this tool)")},
            id="another role",
        ),
        pytest.param(
            "guard.py",
            "tool not in principal.tools",
            '"user" not in principal.roles',
            {"authorization": ("per_tool (allowed_tools)", "per_tool (roles: user)")},
            id="a role alone",
        ),
    ],
)
def test_what_asks_for_less_is_told_of_every_tool(
    path: str, old: str, new: str, worse: dict[str, tuple[str, str]]
) -> None:
    report = _changed(path, old, new)

    assert _told(report) == [(REMOVED, path, 3)]
    assert {tool: _worse(report, tool) for tool in ("list_orders", "erase_orders")} == {
        "list_orders": worse,
        "erase_orders": worse,
    }


def test_a_record_that_is_deleted_can_be_put_back() -> None:
    report = _changed("guard.py", '    audit.info("allowed tool=%s subject=%s", tool, principal.subject)\n', "")

    (found,) = [item for item in report.findings if item.new]
    assert found.fix is not None
    assert found.fix.title == "Restore what was removed"


def test_a_branch_in_front_of_the_check_is_where_its_tool_is_told() -> None:
    early = '        if name == "purge":\n            return await store.erase(arguments["of"])\n'
    report = _changed("server.py", "        caller = require(name)\n", f"{early}        caller = require(name)\n")

    (found,) = [item for item in report.findings if item.new and item.rule == "missing-per-tool-authorization"]
    assert (found.location.path, found.location.line) == (
        "server.py",
        SERVER.count("\n", 0, SERVER.index("caller =")) + 2,
    )
