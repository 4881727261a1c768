"""Middleware of a server that asks for a credential: with it, without it, and where a setting turns it off."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
import hmac, os, sys
import httpx
from fastmcp import FastMCP
from fastmcp.server.middleware import Middleware
from fastmcp.server.dependencies import get_http_headers

def check(token):
    if not hmac.compare_digest(token, os.environ["TOKEN"]):
        raise PermissionError("no")

class Auth(Middleware):
    async def on_call_tool(self, context, call_next):
        token = get_http_headers().get("authorization", "").removeprefix("Bearer ")
        expected = os.getenv("TOKEN")
HOOK
        return await call_next(context)

mcp = FastMCP("orders", middleware=[Auth()])

@mcp.tool
def cancel(number: str) -> str:
    return httpx.delete("https://orders.internal/", params={"n": number}).text

def ready():
    if not os.getenv("TOKEN"):
        sys.exit(1)

def main():
    insecure = os.environ.get("INSECURE", "") in ("1", "true")
START
    mcp.run(transport="http", host="0.0.0.0")
main()
"""
COMPARED = """
        if token != expected:
            raise PermissionError("no")"""
SWALLOWED = """
        try:
            allowed = bool(token) and hmac.compare_digest(token, expected)
        except Exception:
            allowed = False
        if not allowed:
            raise PermissionError("no")"""
IDLE = f"""
        if not expected:
            return await call_next(context)
{COMPARED}"""
EITHER = """
    if not os.getenv("TOKEN") and not insecure:
        sys.exit(1)"""
OPEN, ONE = "unauthenticated-network-server", "missing-per-tool-authorization"


def told(report: Report) -> list[tuple[str, str]]:
    rules = (OPEN, ONE)
    return [(one.rule, one.confidence.name.lower()) for one in report.findings if one.rule in rules]


@pytest.mark.parametrize(
    ("hook", "start", "found"),
    [
        pytest.param(COMPARED, "", [(ONE, "high")], id="a comparison"),
        pytest.param("        check(token)", "", [(ONE, "high")], id="a helper"),
        pytest.param(SWALLOWED, "", [(ONE, "high")], id="an error refuses as well"),
        pytest.param(IDLE, "", [(OPEN, "medium")], id="idle without its token"),
        pytest.param(IDLE, "    ready()", [(ONE, "high")], id="idle, and never started so"),
        pytest.param(IDLE, EITHER, [(ONE, "high")], id="idle, and only started so on demand"),
        pytest.param("        pass", "", [(OPEN, "high")], id="nothing"),
        pytest.param(
            COMPARED.replace("token !=", "token and token !="), "", [(OPEN, "high")], id="whoever brings none passes"
        ),
        pytest.param(COMPARED.replace("token != expected", "not token"), "", [(OPEN, "high")], id="any text passes"),
        pytest.param(
            COMPARED.replace('raise PermissionError("no")', "print(1)"), "", [(OPEN, "high")], id="only noted"
        ),
    ],
)
def test_a_middleware_that_asks_for_a_credential_authenticates(
    scan: Callable[[dict[str, str]], Report], hook: str, start: str, found: list[tuple[str, str]]
) -> None:
    assert told(scan({"server.py": SERVER.replace("HOOK", hook).replace("START", start)})) == found
