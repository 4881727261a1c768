"""Middleware that compares what a request brings with the one token of the server, through helpers of its own."""

import pytest

from analyzers import analyze
from analyzers.finding import Report
from tests.analyzers.programs import tree_of

SERVER = """\
import shutil

import uvicorn
from mcp.server.fastmcp import FastMCP

from auth import TokenMiddleware

mcp = FastMCP("files")


def audit_log(tool: str, params: dict) -> None:
    with open("/var/log/audit.jsonl", "a") as file:
        file.write(f"{tool} {params}")


@mcp.tool()
def drop(name: str) -> str:
    audit_log("drop", {"name": name})
    shutil.rmtree("/data")
    return name


@mcp.tool()
def clear(name: str) -> str:
    audit_log("clear", {"name": name})
    shutil.rmtree("/cache")
    return name


uvicorn.run(TokenMiddleware(mcp.streamable_http_app()), host="0.0.0.0")
"""
AUTH = """\
import hmac

import settings
from starlette.requests import Request
from starlette.responses import JSONResponse

USERS = {{}}


def expected():
    return settings.get("token")


async def verify_token(request, token):
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not given or not {compared}:
        return JSONResponse({{"error": "unauthorized"}}, status_code=401)
    return None


class TokenMiddleware:
    def __init__(self, app):
        self.app = app
        self.token = expected()

    async def __call__(self, scope, receive, send):
        request = Request(scope, receive=receive)
        response = await verify_token(request, self.token)
        if response is not None:
            await response(scope, receive, send)
            return
        await self.app(scope, receive, send)
"""
SETTINGS = """\
import json


def get(name):
    known = set(json.loads(open("settings.json").read()).items())
    return dict(known).get(name)
"""


def _report(compared: str) -> Report:
    files = {"server.py": SERVER, "auth.py": AUTH.format(compared=compared), "settings.py": SETTINGS}
    return analyze(tree_of(files))


@pytest.mark.parametrize(
    ("compared", "one"),
    [("hmac.compare_digest(given, token)", True), ("jwt_subject(given)", False)],
)
def test_a_helper_that_compares_with_the_one_token_finds_nobody_out(compared: str, one: bool) -> None:
    """What the helper is called says nothing, as what it does is there to be read."""
    messages = [item.message for item in _report(compared).findings if item.rule == "missing-per-tool-authorization"]
    assert any("the one token" in message for message in messages) is one


def test_what_tools_record_of_themselves_is_told_once() -> None:
    """Each records its name and not who called: one decision, however many places there are."""
    report = _report("jwt_subject(given)")
    (found,) = [item for item in report.findings if item.rule == "audit-without-tool-or-subject"]
    assert len(found.tools) == 2
    assert sorted(step.line for step in found.evidence[:2]) == [18, 25]
