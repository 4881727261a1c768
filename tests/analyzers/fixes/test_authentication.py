"""A low-level server is put behind a verifier where its application mounts it."""

import pytest

from analyzers import analyze
from analyzers.finding import Safety
from tests.analyzers.programs import fixed_by, tree_of

SERVER = """\
import httpx
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.applications import Starlette
from starlette.routing import Mount, Route

server = Server("orders")


@server.call_tool()
async def call_tool(name: str, arguments: dict) -> list:
    if name == "cancel":
        return httpx.delete("https://orders.internal/orders", params=arguments).json()
    raise ValueError(name)


manager = StreamableHTTPSessionManager(server)
app = Starlette({arguments})
"""
VERIFIER = (
    "[Middleware(AuthenticationMiddleware, backend=BearerAuthBackend(BearerVerifier())), "
    "Middleware(AuthContextMiddleware)"
)
MOUNTED = 'Mount("/mcp", app=RequireAuthMiddleware(manager.handle_request, required_scopes=[]))'


def patched(arguments: str) -> str | None:
    """Return the server with what is offered for who connects to it."""
    fix, changed = fixed_by({"server.py": SERVER.format(arguments=arguments)}, "unauthenticated-network-server")
    assert fix is None or fix.safety is Safety.REVIEW
    return changed.get("server.py")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ('routes=[Mount("/mcp", app=manager.handle_request)]', f"routes=[{MOUNTED}], middleware={VERIFIER}]"),
        (
            'routes=[Mount("/mcp", app=manager.handle_request)], middleware=layers()',
            f"routes=[{MOUNTED}], middleware={VERIFIER}, *(layers())]",
        ),
    ],
)
def test_what_an_application_mounts_refuses_who_has_no_token(arguments: str, expected: str) -> None:
    text = patched(arguments)

    assert text is not None
    assert f"app = Starlette({expected})\n" in text
    assert "unauthenticated-network-server" not in {
        item.rule for item in analyze(tree_of({"server.py": text})).findings
    }


@pytest.mark.parametrize("arguments", ['routes=[Route("/mcp", endpoint=serve)]', "routes=routes()"])
def test_nothing_is_offered_where_the_server_is_not_mounted_in_sight(arguments: str) -> None:
    assert patched(arguments) is None
