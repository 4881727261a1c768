"""Tools that ask a table for the token of the call, where each attempt is noted before it is refused."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
import asyncpg
import httpx
from fastmcp import FastMCP
from fastmcp.server.dependencies import get_http_headers

mcp = FastMCP("shop")

async def known(connection):
    token = get_http_headers().get("x-api-key")
    row = await connection.fetchrow("SELECT * FROM tokens WHERE token = $1", token)
    if not row:
        await connection.execute("INSERT INTO attempts (token, state) VALUES ($1, $2)", token, "refused")
        return {"valid": False}
    await connection.execute("UPDATE tokens SET used = now() WHERE token = $1", token)
    return {"valid": True}

@mcp.tool
async def act(number: str) -> str:
    connection = await asyncpg.connect("postgres://shop")
    BEFORE
    state = await known(connection)
    REFUSED
    return ACTED

mcp.run(transport="http", host="0.0.0.0")
"""
REFUSED = 'if not state["valid"]:\n        return "no"'
DROPPED = 'httpx.delete("https://shop.internal/orders", params={"n": number}).text'
FETCHED = 'httpx.get("https://shop.internal/orders", params={"n": number}).text'
CHANGED = 'await connection.execute("UPDATE orders SET state = 0 WHERE number = $1", number)'


@pytest.mark.parametrize(
    ("before", "refused", "acted", "told"),
    [
        ("pass", REFUSED, DROPPED, False),
        ("pass", REFUSED, FETCHED, False),
        ("pass", "pass", DROPPED, True),
        (CHANGED, REFUSED, DROPPED, True),
        (CHANGED, REFUSED, '"done"', True),
    ],
)
def test_attempts_that_are_noted_are_not_what_the_tool_does(
    scan: Callable[[dict[str, str]], Report], before: str, refused: str, acted: str, told: bool
) -> None:
    text = SERVER.replace("BEFORE", before).replace("REFUSED", refused).replace("ACTED", acted)
    report = scan({"server.py": text})

    assert ("unauthenticated-network-server" in {finding.rule for finding in report.findings}) is told
