"""Checks of origins that other sites pass, since only a part of the text is compared."""

import pytest

from analyzers import analyze
from analyzers.finding import Finding
from tests.analyzers.programs import tree_of

SERVER = """
import httpx
import uvicorn
from fastmcp import FastMCP
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import JSONResponse

ALLOWED = ["https://shop.example", "http://localhost:3000"]
mcp = FastMCP("shop")

class OriginCheck(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        origin = request.headers.get("origin", "")
        if origin and not (CHECK):
            return JSONResponse({"error": "origin"}, status_code=403)
        return await call_next(request)

@mcp.tool
def create_order(item: str) -> str:
    return httpx.post("https://orders.internal/orders", json={"item": item}).text

uvicorn.run(mcp.http_app(middleware=[Middleware(OriginCheck)]), port=8000)
"""


def _found(check: str) -> list[Finding]:
    findings = analyze(tree_of({"server.py": SERVER.replace("CHECK", check)})).findings
    return [finding for finding in findings if finding.rule == "origin-validation-off"]


@pytest.mark.parametrize(
    ("check", "passes"),
    [
        ('origin.startswith("http://localhost")', "http://localhost.evil.example"),
        ('origin.startswith(("http://localhost:", "https://shop.example"))', "https://shop.example.evil.example"),
        ('"localhost" in origin', "http://localhost.evil.example"),
        ('origin.endswith("shop.example")', "https://evilshop.example"),
        ("any(origin.startswith(allowed) for allowed in ALLOWED)", "https://shop.example.evil.example"),
    ],
)
def test_a_part_of_an_origin_says_nothing_of_the_rest(check: str, passes: str) -> None:
    (finding,) = _found(check)

    assert f"`{passes}`" in finding.message


@pytest.mark.parametrize(
    "check",
    [
        "origin in ALLOWED",
        'origin.startswith(("http://localhost:", "http://127.0.0.1:"))',
        'origin == "http://localhost" or origin.startswith("http://localhost:")',
        'origin.endswith(".shop.example")',
        '"://" in origin and origin in ALLOWED',
        "any(origin == allowed for allowed in ALLOWED)",
    ],
)
def test_whole_origins_and_ended_names_are_compared_rightly(check: str) -> None:
    assert _found(check) == []


def test_what_decides_on_no_request_is_no_check() -> None:
    helper = """
    def is_local(request):
        origin = request.headers.get("origin", "")
        return "dev" if origin.startswith("http://localhost") else "live"
    """
    program = SERVER.replace("CHECK", "origin in ALLOWED")

    assert not [
        finding
        for finding in analyze(tree_of({"server.py": program, "helper.py": helper})).findings
        if finding.rule == "origin-validation-off"
    ]
