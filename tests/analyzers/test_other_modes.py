"""Checks that belong to another mode of the process are none that callers pass by."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """\
import os
import httpx
from fastmcp import FastMCP
from fastmcp.exceptions import ToolError
from fastmcp.server.auth.providers.jwt import JWTVerifier
from fastmcp.server.dependencies import get_access_token
from fastmcp.server.middleware import Middleware

BEHIND_GATEWAY = os.environ.get("BEHIND_GATEWAY", "") == "1"
mcp = FastMCP("shop", auth=JWTVerifier(jwks_uri="https://id.example.com/keys", audience="shop"))

class Granted(Middleware):
    async def on_call_tool(self, context, call_next):
        token = get_access_token()
BODY

mcp.add_middleware(Granted())

@mcp.tool
def remove_order(number: str) -> str:
    return httpx.delete("https://orders.internal/orders", params={"n": number}).text

mcp.run(transport="http", host="0.0.0.0")
"""
BY_MODE = """\
        if BEHIND_GATEWAY:
            if token is None or "orders:write" not in token.scopes:
                raise ToolError("not granted")
            return await call_next(context)
        if token is None:
            return await call_next(context)
        if token.client_id == "old":
            return None
        return await call_next(context)
"""
IN_EVERY_MODE = """\
        if token is None:
            return await call_next(context)
        if BEHIND_GATEWAY:
            if "orders:write" not in token.scopes:
                raise ToolError("not granted")
        return await call_next(context)
"""
BY_CALLER = """\
        if context.message.name.startswith("remove"):
            if token is not None and "orders:write" not in token.scopes:
                raise ToolError("not granted")
            return await call_next(context)
        if token is None:
            return await call_next(context)
        return await call_next(context)
"""


@pytest.mark.parametrize(("body", "found"), [(BY_MODE, []), (IN_EVERY_MODE, [1]), (BY_CALLER, [1])])
def test_checks_of_a_mode_are_not_passed_by_callers(
    scan: Callable[[dict[str, str]], Report], body: str, found: list[int]
) -> None:
    report = scan({"server.py": SERVER.replace("BODY\n", body)})

    opened = [finding for finding in report.findings if finding.rule == "fail-open-authorization"]
    assert len(opened) == len(found)
