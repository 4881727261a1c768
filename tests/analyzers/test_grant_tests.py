"""Checks of grants: what they ask for, where they stand, and who passes them all the same."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
import httpx
from fastmcp import FastMCP
from fastmcp.exceptions import ToolError
from fastmcp.server.auth import JWTVerifier, require_scopes
from fastmcp.server.dependencies import get_access_token
from fastmcp.server.middleware import Middleware

mcp = FastMCP("shop", auth=JWTVerifier(jwks_uri="https://id/jwks", issuer="https://id", audience="shop"))
LEVELS = {"admin": 3, "user": 1}
NEEDED = {"KNOWN": 3}

class Holding:
    def __init__(self, scope):
        self.scope = scope

    def __enter__(self):
        token = get_access_token()
        ENTERED

    def __exit__(self, *error):
        return False

class Ranked(Middleware):
    async def on_call_tool(self, context, call_next):
        token = get_access_token()
        level = LEVELS.get(token.claims.get("role"), 0) if token else 0
        if level < NEEDED.get(context.message.name, 0):
            raise ToolError("no")
        return await call_next(context)

ATTACHED

@mcp.tool(ASKED)
def delete_order(number: str) -> str:
    token = get_access_token()
    CHECK
        return httpx.delete("https://orders.internal/orders", params={"n": number}).text
    return "refused"

mcp.run(transport="http", host="0.0.0.0")
"""
RULES = ("missing-per-tool-authorization", "ineffective-authorization-check", "fail-open-authorization")
REFUSED = 'if token is None or self.scope not in token.scopes: raise ToolError("no")'
PLAIN = {"ENTERED": "pass", "ATTACHED": "", "ASKED": "", "CHECK": "if number:", "KNOWN": "delete_order"}
MISSING, VOID = [RULES[0]], [RULES[1]]
CASES = {
    "nothing": (MISSING, {}),
    "a whole grant": ([], {"CHECK": 'if token and any(s == "orders:delete" for s in token.scopes):'}),
    "a family of grants": ([], {"CHECK": 'if token and any(s.startswith("orders:") for s in token.scopes):'}),
    "how a grant begins": (VOID, {"CHECK": 'if token and any(s.startswith("admin") for s in token.scopes):'}),
    "how a claim begins": (VOID, {"CHECK": 'if token and token.claims.get("role", "").startswith("admin"):'}),
    "how an address ends": (VOID, {"CHECK": 'if token and token.claims["email"].endswith("shop.example"):'}),
    "a domain": ([], {"CHECK": 'if token and token.claims["email"].endswith("@shop.example"):'}),
    "an object that is entered": ([], {"CHECK": 'with Holding("orders:delete"):', "ENTERED": REFUSED}),
    "one that refuses nobody": (MISSING, {"CHECK": 'with Holding("orders:delete"):'}),
    "a rank": ([], {"ATTACHED": "mcp.add_middleware(Ranked())"}),
    "a rank that is not listed": (MISSING, {"ATTACHED": "mcp.add_middleware(Ranked())", "KNOWN": "refund"}),
    "a grant": ([], {"ASKED": 'auth=require_scopes("orders:write")'}),
    "a grant for reading": (MISSING, {"ASKED": 'auth=require_scopes("orders:read")'}),
}


@pytest.mark.parametrize(("found", "written"), CASES.values(), ids=CASES)
def test_a_check_is_read_as_it_is_written(
    scan: Callable[[dict[str, str]], Report], found: list[str], written: dict[str, str]
) -> None:
    text = SERVER
    for place, code in {**PLAIN, **written}.items():
        text = text.replace(place, code)

    assert [one.rule for one in scan({"server.py": text}).findings if one.rule in RULES] == found
