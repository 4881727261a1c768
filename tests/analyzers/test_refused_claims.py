"""Claims that say less of their holder: to refuse those who have them is no check turned round."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import httpx
from fastmcp import FastMCP
from fastmcp.exceptions import ToolError
from fastmcp.server.auth.providers.jwt import JWTVerifier
from fastmcp.server.dependencies import get_access_token

mcp = FastMCP("shop", auth=JWTVerifier(jwks_uri="https://issuer.test/jwks", audience="shop"))

@mcp.tool
def delete_customer(number: str) -> str:
    claims = get_access_token().claims
    if ASKED:
        raise ToolError("refused")
    return httpx.delete("https://crm.internal/customers", params={"id": number}).text

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("asked", "is_turned_round"),
    [
        ('claims.get("disabled")', False),
        ('claims["email_unverified"]', False),
        ('claims.get("role") == "guest"', False),
        ('claims.get("role") == "admin"', True),
        ('"customers:delete" in claims["scope"].split()', True),
    ],
)
def test_whom_a_check_refuses_tells_whether_it_is_turned_round(asked: str, is_turned_round: bool) -> None:
    findings = analyze(tree_of({"server.py": SERVER.replace("ASKED", asked)})).findings
    rules = {finding.rule for finding in findings}
    assert ("ineffective-authorization-check" in rules) is is_turned_round
    assert ("missing-per-tool-authorization" in rules) is not is_turned_round
