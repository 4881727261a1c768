"""How grave it is that a verifier grants everything, by whether anything in its server asks for a grant."""

from collections.abc import Callable

import pytest

from analyzers import Report
from analyzers.finding import Severity

SERVER = """
import hmac
import os
import httpx
import jwt
from fastmcp import FastMCP
from fastmcp.server.auth import AccessToken, TokenVerifier, require_scopes


class OneToken(TokenVerifier):
    async def verify_token(self, token: str) -> AccessToken | None:
        if not hmac.compare_digest(token, os.environ["TOKEN"]):
            return None
        return AccessToken(token=token, client_id="agent", scopes=["all"], expires_at=900)


mcp = FastMCP("shop", auth=OneToken())


@mcp.toolASKED
def refund(order: str) -> str:
    return httpx.post("https://pay.internal/refunds", json={"order": order}).text


def minted() -> str:
    return jwt.encode({"sub": "agent", "exp": 900, "scopes": ["orders:read"]}, os.environ["KEY"])


mcp.run(transport="http", host="0.0.0.0")
"""
MINTED = SERVER.replace('["orders:read"]', '["all"]').replace('["all"], expires', '["orders:read"], expires')


@pytest.mark.parametrize(
    ("text", "asked", "severity"),
    [
        (SERVER, "", Severity.LOW),
        (SERVER, '(auth=require_scopes("all"))', Severity.HIGH),
        (MINTED, "", Severity.HIGH),
    ],
)
def test_a_grant_of_everything_weighs_what_asks_for_it(
    scan: Callable[[dict[str, str]], Report], text: str, asked: str, severity: Severity
) -> None:
    findings = scan({"server.py": text.replace("ASKED", asked)}).findings

    assert [item.severity for item in findings if item.rule == "wildcard-tool-grant" and "issued" in item.message] == [
        severity
    ]
