"""Servers that are mounted twice, once without what asks for a credential."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

AUTH = """\
import hmac

from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import JSONResponse


class KeyAuth(BaseHTTPMiddleware):
    def __init__(self, app, api_key):
        super().__init__(app)
        self._api_key = api_key

    async def dispatch(self, request, call_next):
        provided = request.headers.get("Authorization", "")[7:]
        if not provided or not hmac.compare_digest(provided, self._api_key):
            return JSONResponse({"error": "unauthorized"}, status_code=401)
        return await call_next(request)
"""
SERVER = """\
import os
import shutil

import uvicorn
from fastapi import FastAPI
from mcp.server.fastmcp import FastMCP
from starlette.applications import Starlette
from starlette.routing import Mount

from auth import KeyAuth

KEY = os.environ["MCP_KEY"]
mcp = FastMCP("files")
other = FastMCP("others")
_known = None


@mcp.tool()
def drop(name: str) -> str:
    shutil.rmtree("/data")
    return name


def known() -> FastMCP:
    global _known
    if _known is None:
        _known = mcp
    return _known


def sse():
    return known().sse_app()


app = FastAPI()
{mounted}
uvicorn.run(app, host="0.0.0.0")
"""
AROUND = 'app.mount("/mcp", KeyAuth(mcp.streamable_http_app(), api_key=KEY))'


@pytest.mark.parametrize(
    ("mounted", "asked"),
    [
        (AROUND, True),
        (f'{AROUND}\napp.mount("/sse", mcp.sse_app())', False),
        (f'{AROUND}\napp.mount("/sse", sse())', False),
        (f'{AROUND}\napp.mount("/sse", KeyAuth(sse(), api_key=KEY))', True),
        (f'{AROUND}\napp.mount("/other", other.sse_app())', True),
        # Around the application that both are mounted in, it is asked by both.
        (f'app.mount("/sse", sse())\n{AROUND}\napp.add_middleware(KeyAuth, api_key=KEY)', True),
        ('app = KeyAuth(Starlette(routes=[Mount("/", app=mcp.sse_app())]), api_key=KEY)', True),
        (f'if os.environ.get("OPEN"):\n    app.mount("/sse", sse())\nelse:\n    {AROUND}', True),
    ],
)
def test_an_application_asks_only_on_its_own_way(mounted: str, asked: bool) -> None:
    """A second mount of the server itself answers everyone, whatever is put around the first."""
    report = analyze(tree_of({"server.py": SERVER.format(mounted=mounted), "auth.py": AUTH}))
    row = next(row for row in report.tools if row.name == "drop")
    assert (row.authentication == "none") is not asked
