"""A server beside another one of its package: middleware of the other's application is not around its own."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

MAIN = """\
import os
import httpx
import uvicorn
from mcp.server.fastmcp import FastMCP
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import JSONResponse

mcp = FastMCP("shop")

class RequireKey(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        if request.headers.get("authorization") != os.environ["KEY"]:
            return JSONResponse({"error": "unauthorized"}, status_code=401)
        return await call_next(request)

@mcp.tool()
def delete_order(number: str) -> str:
    return httpx.delete(f"https://shop.internal/{number}").text

def main() -> None:
    app = mcp.streamable_http_app()
    app.add_middleware(RequireKey)
    uvicorn.run(app, host="0.0.0.0")
"""
PEER = """\
import httpx
import uvicorn
from mcp.server.fastmcp import FastMCP
IMPORTS
peer = FastMCP("peer")

@peer.tool()
def delete_cart(number: str) -> str:
    return httpx.delete(f"https://carts.internal/{number}").text

def main() -> None:
    SERVES
"""


@pytest.mark.parametrize(
    ("imports", "serves", "exposed"),
    [
        ("", 'uvicorn.run(peer.streamable_http_app(), host="0.0.0.0")', ["delete_cart"]),
        (
            "from shop.server import RequireKey",
            "app = peer.streamable_http_app()\n    app.add_middleware(RequireKey)\n    uvicorn.run(app)",
            [],
        ),
    ],
)
def test_an_application_that_is_served_at_once_has_nothing_around_it(
    imports: str, serves: str, exposed: list[str]
) -> None:
    files = {
        "pyproject.toml": '[project]\nname = "shop"\n',
        "shop/__init__.py": "",
        "shop/server.py": MAIN,
        "shop/peer.py": PEER.replace("IMPORTS", imports).replace("SERVES", serves),
    }
    found = analyze(tree_of({path: text for path, text in files.items() if path.endswith(".py")})).findings
    told = [tool for item in found if item.rule == "unauthenticated-network-server" for tool in item.tools]
    assert [tool.rpartition(":")[2] for tool in told] == exposed
