"""What a middleware puts into the state of a call's context is what tools find there."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
import os
import httpx
import jwt
from fastmcp import Context, FastMCP
from fastmcp.exceptions import ToolError
from fastmcp.server.dependencies import get_http_headers
from fastmcp.server.middleware import Middleware, MiddlewareContext

mcp = FastMCP("shop")


class Authenticate(Middleware):
    async def on_call_tool(self, context: MiddlewareContext, call_next):
        token = get_http_headers(include_all=True).get("authorization", "").removeprefix("Bearer ")
        try:
            claims = jwt.decode(
                token, os.environ["KEY"], algorithms=["HS256"], audience="shop", options={{"require": ["exp"]}}
            )
        except jwt.InvalidTokenError:
            raise ToolError("unauthorized")
        role = get_http_headers().get("x-role")
        await context.fastmcp_context.set_state("claims", claims)
        await context.fastmcp_context.set_state("token", token)
        await context.fastmcp_context.set_state("role", role)
        return await call_next(context)


mcp.add_middleware(Authenticate())


@mcp.tool
async def refund(order: str, ctx: Context) -> None:
    {check}
    httpx.post("https://payments.internal/refunds", json={{"order": order}}{more})


mcp.run(transport="http")
"""
ASKING = "if 'refund' not in ({})['scopes']:\n        raise ToolError('forbidden')"


@pytest.mark.parametrize(
    ("check", "kind"),
    [
        (ASKING.format("await ctx.get_state('claims')"), "per_tool"),
        (ASKING.format("await ctx.get_state('other')"), "none"),
        ("if await ctx.get_state('role') != 'refunder':\n        raise ToolError('forbidden')", "none"),
        ("pass", "none"),
    ],
)
def test_a_tool_authorizes_by_what_a_middleware_verified(
    scan: Callable[[dict[str, str]], Report], check: str, kind: str
) -> None:
    (row,) = scan({"server.py": SERVER.format(check=check, more="")}).tools

    assert row.authorization.kind == kind


@pytest.mark.parametrize(
    ("key", "found"),
    [("token", True), ("claims", False)],
)
def test_a_token_that_a_middleware_keeps_is_the_callers(
    scan: Callable[[dict[str, str]], Report], key: str, found: bool
) -> None:
    more = f", headers={{'Authorization': f\"Bearer {{(await ctx.get_state('{key}'))}}\"}}"
    report = scan({"server.py": SERVER.format(check="pass", more=more)})

    assert ("token-passthrough" in {item.rule for item in report.findings}) is found
