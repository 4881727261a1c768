"""A service whose policy, hooks, routes and requests lie in files of their own, and changes of one line to it."""

import textwrap

import pytest

from analyzers import analyze
from analyzers.finding import Report, ToolRow
from tests.analyzers.matrix.cells import change
from tests.analyzers.programs import tree_of

POLICY = '''\
REQUIRED = {
    "list_orders": "orders:read",
    "read_order": "orders:read",
    "refund": "orders:refund",
    "preview": "pages:read",
}


class Refused(Exception):
    """The caller may not do that."""


def authorize(tool, scopes):
    needed = REQUIRED.get(tool)
    if needed is None or needed not in scopes:
        raise Refused(tool)
'''
HOOKS = """\
from fastmcp.exceptions import ToolError
from fastmcp.server.dependencies import get_access_token
from fastmcp.server.middleware import Middleware

from policy import Refused, authorize


class Authorization(Middleware):
    async def on_call_tool(self, context, call_next):
        token = get_access_token()
        if token is None:
            raise ToolError("not signed in")
        try:
            authorize(context.message.name, token.scopes)
        except Refused as refused:
            raise ToolError("not allowed") from refused
        return await call_next(context)
"""
NET = """\
from urllib.parse import urlsplit

import httpx

HOSTS = frozenset({"docs.example.org"})


async def page(url):
    parts = urlsplit(url)
    if parts.scheme != "https" or parts.hostname not in HOSTS:
        raise ValueError(url)
    async with httpx.AsyncClient(follow_redirects=False) as client:
        return (await client.get(url)).text
"""
STORE = """\
import os

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

engine = None


def connected():
    global engine
    if engine is None:
        engine = create_async_engine(os.environ["DATABASE_URL"])
    return engine


async def orders(tenant):
    async with connected().connect() as connection:
        query = text("SELECT id FROM orders WHERE tenant = :tenant")
        return [dict(row) for row in await connection.execute(query, {"tenant": tenant})]
"""
SERVER = """\
import os

import httpx
from fastmcp import FastMCP
from fastmcp.server.auth.providers.jwt import JWTVerifier
from fastmcp.server.dependencies import get_access_token
from starlette.responses import JSONResponse

import net
import store
from hooks import Authorization

mcp = FastMCP("shop", auth=JWTVerifier(jwks_uri="https://id.example/jwks", audience="shop"))
mcp.add_middleware(Authorization())


@mcp.tool
async def list_orders() -> list[dict]:
    return await store.orders(get_access_token().claims["tenant"])


@mcp.tool
async def read_order(number: int) -> str:
    return httpx.get(f"https://orders.internal/{number}", headers={"Authorization": os.environ["ORDERS"]}).text


@mcp.tool
async def refund(number: int) -> str:
    key = {"X-Key": os.environ["PAY"]}
    return httpx.post("https://pay.internal/refunds", json={"number": number}, headers=key).text


@mcp.tool
async def preview(url: str) -> str:
    return await net.page(url)


@mcp.custom_route("/health", methods=["GET"])
async def health(request):
    return JSONResponse({"status": "ok"})


mcp.run(transport="http")
"""
FILES = {"policy.py": POLICY, "hooks.py": HOOKS, "net.py": NET, "store.py": STORE, "server.py": SERVER}
REMOVED = "authorization-removed-in-change"


def _changed(path: str, old: str, new: str) -> Report:
    assert old in FILES[path]
    head = {**FILES, path: FILES[path].replace(old, new)}
    return analyze(tree_of(head), tree_of(FILES), change(FILES, head))


def _columns(report: Report, column: str) -> dict[str, tuple[str | None, str | None, str]]:
    found = report.authority_diff or ()
    return {
        item.tool.rpartition(":")[2]: (item.before, item.after, item.direction)
        for item in found
        if item.column == column
    }


def _rows(report: Report) -> dict[str, ToolRow]:
    return {row.name: row for row in report.tools}


def test_each_tool_is_told_with_what_the_table_asks_for_it() -> None:
    rows = _rows(analyze(tree_of(FILES)))

    assert {name: row.requires for name, row in rows.items() if row.kind == "tool"} == {
        "list_orders": (("orders:read",),),
        "read_order": (("orders:read",),),
        "refund": (("orders:refund",),),
        "preview": (("pages:read",),),
    }


def test_a_grant_that_only_opened_lesser_tools_is_less_than_one_of_its_own() -> None:
    report = _changed("policy.py", '"refund": "orders:refund"', '"refund": "orders:read"')

    assert _columns(report, "authorization") == {
        "refund": ("per_tool (scopes: orders:refund)", "per_tool (scopes: orders:read)", "worse")
    }
    (found,) = [item for item in report.findings if item.new]
    assert (found.rule, found.location.path, found.location.line) == (REMOVED, "policy.py", 4)
    assert "`refund` asks its callers for less" in found.message


def test_a_tool_without_an_entry_is_let_through_for_nobody() -> None:
    report = _changed("policy.py", '    "refund": "orders:refund",\n', "")

    expected = ("per_tool (scopes: orders:refund)", "per_tool (scopes: nobody)", "better")
    assert _columns(report, "authorization") == {"refund": expected}
    assert [item.rule for item in report.findings if item.new] == []


def test_another_grant_that_is_enough_is_told_of_every_tool() -> None:
    admin = '    if "admin" in scopes:\n        return\n'
    report = _changed("policy.py", "    needed = REQUIRED", f"{admin}    needed = REQUIRED")

    assert _columns(report, "authorization")["refund"] == (
        "per_tool (scopes: orders:refund)",
        "per_tool (scopes: admin or orders:refund)",
        "worse",
    )
    assert [item.rule for item in report.findings if item.new] == [REMOVED]


def test_a_route_beside_the_endpoint_has_nothing_of_what_guards_it() -> None:
    row = _rows(analyze(tree_of(FILES)))["/health"]

    assert (row.authentication, row.authorization.kind, row.audit) == ("none", "none", "none")


def test_a_route_is_no_news_where_the_endpoint_beside_it_begins_to_ask_for_tokens() -> None:
    opened = 'async def health(request):\n    return JSONResponse(await store.orders(request.query_params["tenant"]))'
    head = SERVER.replace('async def health(request):\n    return JSONResponse({"status": "ok"})', opened)
    head = head.replace('"/health"', '"/orders"').replace("def health", "def everything")
    base = head.replace(', auth=JWTVerifier(jwks_uri="https://id.example/jwks", audience="shop")', "")
    before, after = {**FILES, "server.py": base}, {**FILES, "server.py": head}

    report = analyze(tree_of(after), tree_of(before), change(before, after))

    told = [item for item in report.findings if item.rule == "unauthenticated-custom-route"]
    assert [item.new for item in told] == [False]


@pytest.mark.parametrize(
    ("old", "new", "after", "direction"),
    [
        (" or parts.hostname not in HOSTS", "", "any host", "worse"),
        ("parts.hostname not in HOSTS", 'not parts.hostname.endswith("example.org")', "any host", "worse"),
        (
            "parts.hostname not in HOSTS",
            "not ipaddress.ip_address(socket.gethostbyname(parts.hostname)).is_global",
            "public hosts",
            "worse",
        ),
    ],
)
def test_what_a_guard_lets_through_is_told_of_a_chosen_host(old: str, new: str, after: str, direction: str) -> None:
    imports = "import ipaddress\nimport socket\n"
    report = _changed("net.py", old, new) if "socket" not in new else _checked(old, new, imports)

    assert _columns(report, "network") == {"preview": ("allowed hosts", after, direction)}


def _checked(old: str, new: str, imports: str) -> Report:
    head = {**FILES, "net.py": imports + NET.replace(old, new)}
    return analyze(tree_of(head), tree_of(FILES), change(FILES, head))


def test_who_called_reaches_the_query_and_an_engine_alone_does_nothing() -> None:
    report = analyze(tree_of(FILES))

    assert _rows(report)["list_orders"].capabilities == ("read-private",)
    shared = [item for item in report.findings if item.rule == "ambient-service-credential"]
    assert all("list_orders" not in tool for item in shared for tool in item.tools)


def test_the_query_of_a_tenant_that_the_caller_names_is_the_servers() -> None:
    named = textwrap.dedent(
        """\
        async def list_orders(tenant: str) -> list[dict]:
            return await store.orders(tenant)
        """
    )
    old = 'async def list_orders() -> list[dict]:\n    return await store.orders(get_access_token().claims["tenant"])\n'
    report = _changed("server.py", old, named)

    told = [item for item in report.findings if item.new and item.rule == "ambient-service-credential"]
    assert [item.tools for item in told] == [("server:mcp:list_orders",)]


@pytest.mark.parametrize(("table", "audit"), [("replies", "none"), ("audit_log", "tool, subject")])
def test_what_a_tool_changes_is_no_record_of_its_call(table: str, audit: str) -> None:
    tool = f"""

@mcp.tool
async def reply(body: str) -> None:
    async with store.connected().begin() as connection:
        query = store.text("INSERT INTO {table} (tenant, body) VALUES (:tenant, :body)")
        await connection.execute(query, {{"tenant": get_access_token().claims["tenant"], "body": body}})


mcp.run"""
    report = analyze(tree_of({**FILES, "server.py": SERVER.replace("\n\nmcp.run", tool)}))

    assert _rows(report)["reply"].audit == audit
