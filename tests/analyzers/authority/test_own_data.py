"""Tools that change rows which the verified caller owns, and nobody else's."""

from collections.abc import Callable

import pytest

from analyzers import Report
from analyzers.finding import Severity

SERVER = """
import os
import asyncpg
import httpx
from fastmcp import FastMCP
from fastmcp.server.auth.providers.jwt import JWTVerifier
from fastmcp.server.dependencies import get_access_token

mcp = FastMCP("notes", auth=JWTVerifier(jwks_uri="https://id.example.com/keys", audience="notes", issuer="id"))

async def run(statement, *values):
    pool = await asyncpg.create_pool(os.environ["DATABASE_URL"])
    async with pool.acquire() as connection:
        return await connection.execute(statement, *values)

@mcp.tool
async def forget(note: int) -> str:
    caller = get_access_token().claims["sub"]
    DONE
    return "done"

mcp.run(transport="http")
"""
RUN = 'await run("{}", note, {})'


@pytest.mark.parametrize(
    ("done", "severity"),
    [
        (RUN.format("DELETE FROM notes WHERE id = $1 AND owner_id = $2", "caller"), Severity.MEDIUM),
        (RUN.format("DELETE FROM notes WHERE user = $2 AND id = $1", "caller"), Severity.MEDIUM),
        (RUN.format("DELETE FROM notes WHERE id = $1 AND owner_id = $2", "note"), Severity.HIGH),
        (RUN.format("DELETE FROM notes WHERE id = $1 AND updated_by = $2", "caller"), Severity.HIGH),
        (RUN.format("DELETE FROM notes WHERE id = $1", "caller"), Severity.HIGH),
        ('httpx.delete(f"https://notes.internal/users/{caller}/notes/{note}")', Severity.MEDIUM),
        ('httpx.delete(f"https://notes.internal/notes/{note}", params={"by": caller})', Severity.HIGH),
    ],
)
def test_what_belongs_to_the_caller_weighs_less(
    scan: Callable[[dict[str, str]], Report], done: str, severity: Severity
) -> None:
    findings = scan({"server.py": SERVER.replace("DONE", done)}).findings

    assert [item.severity for item in findings if item.rule == "missing-per-tool-authorization"] == [severity]
