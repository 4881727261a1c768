"""Helpers that look up whether a caller has a right: what they decide is not in sight, so less is sure without them."""

import pytest

from analyzers import analyze
from analyzers.finding import Confidence
from tests.analyzers.programs import tree_of

SERVER = """
import httpx
import sqlite3
from fastmcp import FastMCP
from fastmcp.exceptions import ToolError
from fastmcp.server.auth.providers.jwt import JWTVerifier
from people import current_user

mcp = FastMCP("orders", auth=JWTVerifier(jwks_uri="https://id.example.com/keys", audience="orders"))


class Rights:
    def __init__(self, user):
        self.user = user

    async def has_permission(self, name):
        return LOOKED


async def ensure_permission(user, name):
    rights = Rights(user)
    if ASKED:
        raise ToolError("not allowed")


@mcp.tool
async def drop_order(number: str) -> str:
    user = current_user()
    await ensure_permission(user, "orders.drop")
    return httpx.delete("https://orders.internal/" + str(int(number))).text


mcp.run(transport="http")
"""
KEPT = 'sqlite3.connect("/srv/rights.db").execute("select 1 from rights where of = ?", (name,)).fetchone() is not None'


@pytest.mark.parametrize(
    ("looked", "asked", "confidence"),
    [
        (KEPT, "not await rights.has_permission(name)", Confidence.MEDIUM),
        ("True", "not await rights.has_permission(name)", Confidence.HIGH),
        (KEPT, "not name", Confidence.HIGH),
        (KEPT, "user is None", Confidence.HIGH),
    ],
)
def test_a_right_that_is_looked_up_of_a_caller_may_keep_others_out(
    looked: str, asked: str, confidence: Confidence
) -> None:
    report = analyze(tree_of({"server.py": SERVER.replace("LOOKED", looked).replace("ASKED", asked)}))
    (found,) = [item for item in report.findings if item.rule == "missing-per-tool-authorization"]

    assert found.confidence is confidence
