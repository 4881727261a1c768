"""A check that a patch writes asks for a token where there is a request, and lets those pass who call over stdio."""

import textwrap

import pytest

from analyzers import analyze
from analyzers.finding import Fix
from tests.analyzers.programs import fixed_by, tree_of

RULE = "missing-per-tool-authorization"
FASTMCP = """
from fastmcp import FastMCP
from fastmcp.server.auth.providers.jwt import JWTVerifier
import httpx
import os

mcp = FastMCP("shop", auth=JWTVerifier(jwks_uri="https://id.example/jwks", audience="shop"))


@mcp.tool
def cancel(order: str) -> str:
    return httpx.delete("https://orders.internal/orders", params={"o": order}).text


mcp.run(transport=TRANSPORT)
"""
SDK = """
import httpx
import os
from mcp.server.fastmcp import Context, FastMCP
from verifier import verifier, settings

server = FastMCP("shop", token_verifier=verifier, auth=settings)


@server.tool()
def cancel(order: str) -> str:
    return httpx.delete("https://orders.internal/orders", params={"o": order}).text


server.run(transport=TRANSPORT)
"""
LOW_LEVEL = """
import httpx
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.auth.middleware.bearer_auth import BearerAuthBackend, RequireAuthMiddleware
from starlette.applications import Starlette
from starlette.middleware import Middleware

server = Server("shop")


@server.call_tool()
async def call_tool(name, arguments):
    if name == "cancel":
        return httpx.delete("https://orders.internal/orders", params=arguments).text
    raise ValueError(name)


async def local():
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())


manager = StreamableHTTPSessionManager(server)
app = Starlette(middleware=[Middleware(RequireAuthMiddleware)])
"""
OWN = """
import httpx
from fastmcp import FastMCP
from starlette.middleware import Middleware
from starlette.responses import JSONResponse

mcp = FastMCP("shop")


class Bearer:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if dict(scope["headers"]).get(b"authorization") != KEY:
            await JSONResponse({}, status_code=401)(scope, receive, send)
            return
        ADOPT
        await self.app(scope, receive, send)


@mcp.tool
def cancel(order: str) -> str:
    return httpx.delete("https://orders.internal/orders", params={"o": order}).text


mcp.run(transport="http", middleware=[Middleware(Bearer)])
"""
PINS = {"requirements.txt": "fastmcp>=2.14,<3\nmcp>=1.20,<2\n"}


def offered(text: str, **others: str) -> tuple[Fix | None, str]:
    """Return the fix of the one unchecked tool, and the program with it."""
    fix, changed = fixed_by({"server.py": text, **PINS, **others}, RULE)
    return fix, changed.get("server.py", "")


@pytest.mark.parametrize(
    ("text", "passing"),
    [
        (FASTMCP, "get_http_request()"),
        (SDK, "request_ctx.get().request is not None"),
        (LOW_LEVEL, "request_ctx.get().request is not None"),
        (SDK.replace("order: str)", "order: str, ctx: Context)"), "ctx.request_context.request is not None"),
    ],
)
def test_a_server_that_also_speaks_stdio_lets_its_own_user_pass(text: str, passing: str) -> None:
    fix, fixed = offered(text.replace("TRANSPORT", 'os.environ["TRANSPORT"]'))

    assert fix is not None
    assert passing in fixed
    assert not [item for item in analyze(tree_of({"server.py": fixed, **PINS})).findings if item.rule == RULE]


@pytest.mark.parametrize(("text", "transport"), [(FASTMCP, "http"), (SDK, "streamable-http")])
def test_a_server_that_only_speaks_http_asks_everybody_for_a_token(text: str, transport: str) -> None:
    fix, fixed = offered(text.replace("TRANSPORT", f'"{transport}"'))

    assert fix is not None
    assert "get_access_token()" in fixed
    assert "request_ctx" not in fixed
    assert "get_http_request" not in fixed


def test_nothing_is_offered_where_the_framework_knows_no_token() -> None:
    fix, _ = offered(OWN.replace("ADOPT", "pass"))
    adopted, _ = offered(OWN.replace("ADOPT", 'scope["user"] = AuthenticatedUser(verified)'))

    assert fix is None
    assert adopted is not None


def test_an_old_version_that_does_not_hold_the_request_gets_no_check() -> None:
    text = SDK.replace("TRANSPORT", 'os.environ["TRANSPORT"]')
    fix, _ = offered(text, **{"requirements.txt": "mcp>=1.2,<1.9\n"})
    newer, _ = offered(text.replace("mcp.server.fastmcp", "mcp.server").replace("FastMCP", "MCPServer"))

    assert fix is None
    assert newer is None


def test_a_table_kept_by_subject_has_an_entry_for_who_calls_over_stdio() -> None:
    text = textwrap.dedent("""
        import os
        import httpx
        from fastmcp import FastMCP
        from fastmcp.server.auth.providers.jwt import JWTVerifier

        mcp = FastMCP("shop", auth=JWTVerifier(jwks_uri="https://id.example/jwks", audience="shop"))
        SESSION: dict[str, str] = {}


        @mcp.tool
        def login(token: str) -> str:
            SESSION["token"] = token
            return "ok"


        @mcp.tool
        def list_mail() -> str:
            return httpx.get("https://mail.corp/", headers={"Authorization": SESSION["token"]}).text


        mcp.run(transport=TRANSPORT)
        """)
    _, local = fixed_by({"server.py": text.replace("TRANSPORT", 'os.environ["T"]'), **PINS}, "cross-session-state")
    _, remote = fixed_by({"server.py": text.replace("TRANSPORT", '"http"'), **PINS}, "cross-session-state")

    assert 'return "local"' in local["server.py"]
    assert 'return "local"' not in remote["server.py"]
