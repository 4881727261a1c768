"""Verifiers that compare a token with the program's own beside settings that compare no resource."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
import hmac
import os

import httpx
from mcp.server.auth.provider import AccessToken, TokenVerifier
from mcp.server.auth.settings import AuthSettings
from mcp.server.fastmcp import FastMCP
from identity import directory

KEY = os.environ["SHOP_KEY"]
TOKENS = {KEY: "till"}

class Verifier(TokenVerifier):
    async def verify_token(self, token: str) -> AccessToken | None:
        if not (CHECK):
            return None
        return AccessToken(token=token, client_id="till", scopes=[])

mcp = FastMCP(
    "shop",
    token_verifier=Verifier(),
    auth=AuthSettings(issuer_url="https://id.example", resource_server_url="https://shop.example/mcp"),
)
mcp.run(transport="streamable-http")
"""


@pytest.mark.parametrize(
    ("check", "told"),
    [
        ("token and hmac.compare_digest(token.encode(), KEY.encode())", False),
        ("TOKENS.get(token)", False),
        ("httpx.post('https://id.example/introspect', data={'token': token}).json().get('active')", True),
        ("directory.knows(token)", True),
    ],
)
def test_token_of_the_server_alone_is_none_of_another_service(
    scan: Callable[[dict[str, str]], Report], check: str, told: bool
) -> None:
    report = scan({"server.py": SERVER.replace("CHECK", check)})

    assert ("missing-audience-check" in {finding.rule for finding in report.findings}) is told
