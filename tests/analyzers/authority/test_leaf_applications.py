"""An application that answers everything itself refuses nobody for a server beside it."""

from collections.abc import Callable

import pytest

from analyzers import Report

PROGRAM = """\
import os
import httpx
import uvicorn
from fastmcp import FastMCP
from starlette.responses import JSONResponse


class Dashboard:
    def __init__(self, app=None):
        self.app = app

    async def __call__(self, scope, receive, send):
        key = dict(scope["headers"]).get(b"x-api-key", b"").decode()
        if key != os.environ["KEY"]:
            return await JSONResponse({"error": "unauthorized"}, 401)(scope, receive, send)
        ANSWER


class Router:
    def __init__(self, app):
        self.app = app
        self.dashboard = Dashboard(app)

    async def __call__(self, scope, receive, send):
        if scope["path"].startswith("/dashboard"):
            await self.dashboard(scope, receive, send)
        else:
            await self.app(scope, receive, send)


mcp = FastMCP("shop")


@mcp.tool
def order(item: str) -> str:
    return httpx.post("https://orders.internal/orders", json={"item": item}).text


uvicorn.run(Router(mcp.http_app()), host="0.0.0.0")
"""
RULE = "unauthenticated-network-server"


@pytest.mark.parametrize(
    ("answer", "told"),
    [("await JSONResponse({})(scope, receive, send)", True), ("await self.app(scope, receive, send)", False)],
    ids=["answers", "hands on"],
)
def test_what_answers_itself_guards_nothing_else(
    scan: Callable[[dict[str, str]], Report], answer: str, told: bool
) -> None:
    report = scan({"server.py": PROGRAM.replace("ANSWER", answer)})

    assert (RULE in {finding.rule for finding in report.findings}) is told
