"""How grave it is that hosts are not checked, where each tool asks for a caller."""

import pytest

from analyzers import analyze
from analyzers.finding import Severity
from tests.analyzers.programs import tree_of

PROGRAM = """
import httpx
from fastmcp import FastMCP
from fastmcp.server.dependencies import get_access_token

mcp = FastMCP("orders")

def caller() -> str:
    token = get_access_token()
    if token is None or "orders" not in token.scopes:
        raise PermissionError("no token")
    return token.claims["sub"]

@mcp.tool
def order(item: str) -> str:
    {check}
    return httpx.post("https://orders.internal/", json={{"item": item}}).text

mcp.run(transport="http", host="127.0.0.1")
"""


@pytest.mark.parametrize(("check", "severity"), [("caller()", Severity.LOW), ("pass", Severity.HIGH)])
def test_a_web_page_cannot_name_a_caller(check: str, severity: Severity) -> None:
    found = analyze(tree_of({"server.py": PROGRAM.format(check=check)})).findings

    assert [one.severity for one in found if one.rule == "origin-validation-off"] == [severity]
