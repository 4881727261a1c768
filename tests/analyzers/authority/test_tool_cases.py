"""Checks that a hook or dispatcher makes for some tools only guard those, and no other."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SHOP = """
from fastmcp import FastMCP
from fastmcp.exceptions import ToolError
from fastmcp.server.auth.providers.jwt import JWTVerifier
from fastmcp.server.dependencies import get_access_token
from fastmcp.server.middleware import Middleware
import httpx

NEEDED = {{"refund": "orders:refund", "cancel": "orders:write"}}
GRANTS = {{"refund": {{"orders:refund"}}, "cancel": {{"orders:write"}}, "close_account": set()}}
WRITING = frozenset({{"refund", "cancel"}})

def require(tool):
    needed = NEEDED.get(tool)
    if needed is None:
        return
    token = get_access_token()
    if token is None or needed not in token.scopes:
        raise ToolError("forbidden")

def may_call(tool, token):
    if tool in WRITING:
        return token is not None and "orders:write" in token.scopes
    return True

class Gate(Middleware):
    async def on_call_tool(self, context, call_next):
        name, token = context.message.name, get_access_token()
{check}
        return await call_next(context)

mcp = FastMCP("shop", auth=JWTVerifier(jwks_uri="https://id.example/jwks", audience="shop"), middleware=[Gate()])

@mcp.tool
def refund(order: str) -> str:
    return httpx.post("https://payments.internal/refunds", json={{"order": order}}).text

@mcp.tool
def cancel(order: str) -> str:
    return httpx.post("https://orders.internal/cancel", json={{"order": order}}).text

@mcp.tool
def close_account(customer: str) -> str:
    return httpx.delete("https://crm.internal/customers", params={{"id": customer}}).text

mcp.run(transport="http")
"""
LISTING = {
    "a table whose entry is asked for in one condition": """
        needed = NEEDED.get(name)
        if needed and (token is None or needed not in token.scopes):
            raise ToolError("forbidden")
""",
    "a table, and scopes that default to none": """
        needed = NEEDED.get(name)
        if needed and needed not in (token.scopes if token else []):
            raise ToolError("forbidden")
""",
    "a branch for those in the table": """
        if name in NEEDED:
            if token is None or NEEDED[name] not in token.scopes:
                raise ToolError("forbidden")
""",
    "a way around for those not in the table": """
        if name not in NEEDED:
            return await call_next(context)
        if token is None or NEEDED[name] not in token.scopes:
            raise ToolError("forbidden")
""",
    "a table in which nothing is asked for one": """
        grants = GRANTS.get(name)
        if grants is None:
            raise ToolError("unknown")
        if grants and (token is None or not grants <= set(token.scopes)):
            raise ToolError("forbidden")
""",
    "a frozen set": """
        if name in WRITING and (token is None or "orders:write" not in token.scopes):
            raise ToolError("forbidden")
""",
    "a list in place": """
        if name in ("refund", "cancel") and (token is None or "orders:write" not in token.scopes):
            raise ToolError("forbidden")
""",
    "names one by one": """
        if name == "refund" or name == "cancel":
            if token is None or "orders:write" not in token.scopes:
                raise ToolError("forbidden")
""",
    "a match": """
        match name:
            case "refund" | "cancel":
                if token is None or "orders:write" not in token.scopes:
                    raise ToolError("forbidden")
""",
    "a helper that raises": """
        require(name)
""",
    "a helper that answers": """
        if not may_call(name, token):
            raise ToolError("forbidden")
""",
}
UNGUARDED = "missing-per-tool-authorization"


def unguarded(text: str) -> set[str]:
    report = analyze(tree_of({"server.py": text}))
    return {row.partition(":")[2] for item in report.findings if item.rule == UNGUARDED for row in item.tools}


@pytest.mark.parametrize("check", LISTING.values(), ids=LISTING)
def test_a_hook_guards_the_tools_that_it_lists(check: str) -> None:
    assert unguarded(SHOP.format(check=check)) == {"mcp:close_account"}


@pytest.mark.parametrize(
    "check",
    [
        """
        if name in OPEN:
            return await call_next(context)
        if token is None or name not in token.scopes:
            raise ToolError("forbidden")
""",
        """
        if name not in OPEN and (token is None or name not in token.scopes):
            raise ToolError("forbidden")
""",
        """
        if not name.startswith("close_") and (token is None or name not in token.scopes):
            raise ToolError("forbidden")
""",
    ],
)
def test_a_hook_leaves_the_tools_that_it_excepts_open(check: str) -> None:
    assert unguarded('OPEN = ["close_account"]\n' + SHOP.format(check=check)) == {"mcp:close_account"}


@pytest.mark.parametrize(
    "check",
    [
        # What the settings list is not known, and neither is whom it covers.
        """
        if name in settings.protected and (token is None or name not in token.scopes):
            raise ToolError("forbidden")
""",
        """
        if name in NEEDED:
            log.info("called")
""",
        """
        if name in NEEDED:
            try:
                require(name)
            except ToolError:
                pass
""",
        """
        if name in NEEDED and token is not None and NEEDED[name] not in token.scopes:
            log.warning("denied")
""",
    ],
    ids=["a list of settings", "no check", "a refusal that is swallowed", "a denial that is only logged"],
)
def test_a_list_alone_guards_nothing(check: str) -> None:
    text = "from settings import settings\nimport logging\nlog = logging.getLogger()\n" + SHOP.format(check=check)
    assert {"mcp:refund", "mcp:cancel", "mcp:close_account"} == unguarded(text)


DISPATCHER = """
import httpx
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.middleware.bearer_auth import RequireAuthMiddleware
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.applications import Starlette
from starlette.middleware import Middleware

server = Server("shop")
NEEDED = {{"cancel": "orders:write"}}

def authorize(name):
    needed = NEEDED.get(name)
    if needed is None:
        return
    token = get_access_token()
    if token is None or needed not in token.scopes:
        raise PermissionError(name)

@server.call_tool()
async def call_tool(name, arguments):
{check}
    if name == "cancel":
        return httpx.delete("https://orders.internal/orders", params=arguments).text
    if name == "refund":
        return httpx.post("https://orders.internal/refunds", params=arguments).text
    raise ValueError(name)

manager = StreamableHTTPSessionManager(server)
app = Starlette(middleware=[Middleware(RequireAuthMiddleware)])
"""


@pytest.mark.parametrize(
    "check",
    [
        "    authorize(name)",
        """
    needed, token = NEEDED.get(name), get_access_token()
    if needed and (token is None or needed not in token.scopes):
        raise PermissionError(name)
""",
    ],
    ids=["a helper", "in place"],
)
def test_a_dispatcher_guards_the_tools_that_it_lists(check: str) -> None:
    assert unguarded(DISPATCHER.format(check=check)) == {"server:refund"}
