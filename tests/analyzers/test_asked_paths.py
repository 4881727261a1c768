"""Middleware that verifies tokens on the path of the server, and passes on what is for other paths."""

import textwrap

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import os
import httpx
import jwt
from fastmcp import FastMCP
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import JSONResponse

PATHS = ["/mcp", "/sse"]

async def user_of(request):
    header = request.headers.get("Authorization", "")
    try:
        return jwt.decode(header.removeprefix("Bearer "), os.environ["KEY"], algorithms=["HS256"])["sub"]
    except jwt.InvalidTokenError:
        return None

class Users(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        path = request.url.path
BODY

mcp = FastMCP("shop")

@mcp.tool
def delete_order(number: str) -> str:
    return httpx.delete("https://shop.internal/orders", params={"n": number}).text

app = mcp.http_app()
app.add_middleware(Users)
"""
ASKED = """if CONDITION:
    if not await user_of(request):
        return JSONResponse({"error": "unauthorized"}, status_code=401)
return await call_next(request)"""
PASSED = """if CONDITION:
    return await call_next(request)
if not await user_of(request):
    return JSONResponse({"error": "unauthorized"}, status_code=401)
return await call_next(request)"""


def is_open(body: str, condition: str) -> bool:
    text = SERVER.replace("BODY", textwrap.indent(body.replace("CONDITION", condition), " " * 8))
    report = analyze(tree_of({"server.py": text}))
    assert report.failures == ()
    return "unauthenticated-network-server" in {found.rule for found in report.findings}


@pytest.mark.parametrize(
    ("condition", "asks"),
    [
        ('request.url.path.startswith("/mcp")', True),
        ('path == "/mcp/"', True),
        ('path in ("/mcp", "/sse")', True),
        ('any(path.startswith(own) for own in ["/mcp", "/sse"])', True),
        ('path.startswith("/admin")', False),
        ('path != "/mcp"', False),
        ('not path.startswith("/mcp")', False),
        ('path.startswith("/mcp") and request.headers.get("Authorization")', False),
    ],
)
def test_what_is_asked_on_the_path_of_the_server_is_asked_of_its_callers(condition: str, asks: bool) -> None:
    assert is_open(ASKED, condition) is not asks


@pytest.mark.parametrize(
    ("condition", "asks"),
    [
        ('not path.startswith("/mcp")', True),
        ('path != "/mcp"', True),
        ('path.startswith("/mcp")', False),
    ],
)
def test_what_is_passed_on_for_other_paths_is_not_for_the_server(condition: str, asks: bool) -> None:
    assert is_open(PASSED, condition) is not asks
