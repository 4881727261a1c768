"""A table that says what each tool needs: a change of one entry concerns that tool, and is told at the entry."""

import pytest

from tests.analyzers.matrix.cells import review

SERVER = """\
from fastmcp import FastMCP
from fastmcp.exceptions import ToolError
from fastmcp.server.auth.providers.jwt import JWTVerifier
from fastmcp.server.dependencies import get_access_token
from fastmcp.server.middleware import Middleware
import httpx
from needs import NEEDED

class Gate(Middleware):
    async def on_call_tool(self, context, call_next):
        name, token = context.message.name, get_access_token()
        CHECK
        return await call_next(context)

mcp = FastMCP("shop", auth=JWTVerifier(jwks_uri="https://id.example/jwks", audience="shop"), middleware=[Gate()])

@mcp.tool
def refund(order: str) -> str:
    return httpx.post("https://payments.internal/refunds", json={"order": order}).text

@mcp.tool
def cancel(order: str) -> str:
    return httpx.post("https://orders.internal/cancel", json={"order": order}).text

@mcp.tool
def close_account(customer: str) -> str:
    return httpx.delete("https://crm.internal/customers", params={"id": customer}).text

mcp.run(transport="http")
"""
NEEDS = """\
NEEDED = {
    "refund": "orders:refund",
    "cancel": "orders:write",
    "close_account": "accounts:close",
}
"""
EVERY = 'if token is None or NEEDED[name] not in token.scopes:\n            raise ToolError("forbidden")'
LISTED = (
    "needed = NEEDED.get(name)\n        if needed and (token is None or needed not in token.scopes):\n"
    '            raise ToolError("forbidden")'
)
RULE = "authorization-removed-in-change"


def told(check: str, after: str, before: str = NEEDS) -> list[tuple[str, str, int, list[str]]]:
    """Return what a review of a changed table says anew: rule, path, line and tools."""
    server = SERVER.replace("CHECK", check)
    report = review({"server.py": server, "needs.py": before}, {"server.py": server, "needs.py": after})
    return [
        (item.rule, item.location.path, item.location.line, [tool.rpartition(":")[2] for tool in item.new_tools])
        for item in report.findings
        if item.new
    ]


SETS = 'if token is None or not NEEDED[name] <= set(token.scopes):\n            raise ToolError("forbidden")'


def test_an_entry_that_asks_for_less_is_told_of_its_tool() -> None:
    before = NEEDS.replace('"accounts:close"', '{"accounts:close", "accounts:read"}')
    before = before.replace('"orders:refund"', '{"orders:refund"}').replace('"orders:write"', '{"orders:write"}')
    after = before.replace('"accounts:close", ', "")

    assert told(SETS, after, before) == [(RULE, "needs.py", 4, ["close_account"])]


def test_an_entry_that_asks_for_nothing_any_more_is_told_of_its_tool() -> None:
    assert told(LISTED, NEEDS.replace('"accounts:close"', "None")) == [(RULE, "needs.py", 4, ["close_account"])]


def test_an_entry_that_is_deleted_leaves_its_tool_open() -> None:
    less = NEEDS.replace('    "cancel": "orders:write",\n', "")

    assert told(LISTED, less) == [(RULE, "needs.py", 3, ["cancel"])]


@pytest.mark.parametrize("check", [EVERY, LISTED], ids=["every tool is listed", "some tools are listed"])
def test_an_entry_for_a_tool_to_come_changes_no_other(check: str) -> None:
    assert told(check, NEEDS.replace("}", '    "list_orders": "orders:read",\n}')) == []


def test_an_entry_that_is_no_longer_needed_to_be_called_refuses() -> None:
    assert told(EVERY, NEEDS.replace('    "cancel": "orders:write",\n', "")) == []
