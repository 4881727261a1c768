"""A function that takes a token apart verifies nothing; whether that matters shows where it is called."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
import base64
import json
from cryptography.exceptions import InvalidSignature
from fastmcp import FastMCP
from fastmcp.server.auth import AccessToken, TokenVerifier

def taken_apart(token):
    parts = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=="))
    signature = base64.urlsafe_b64decode(parts[2] + "==")
    return RETURNED

class Verifier(TokenVerifier):
    async def verify_token(self, token: str) -> AccessToken | None:
        claims, signature = taken_apart(token)
        CHECK
        return AccessToken(token=token, client_id=claims["sub"], scopes=claims["scopes"])

mcp = FastMCP("shop", auth=Verifier())
mcp.run(transport="http")
"""
CHECK = """try:
            self.key.verify(signature, token.rpartition(".")[0].encode())
        except InvalidSignature:
            return None"""


@pytest.mark.parametrize(
    ("returned", "check", "found"),
    [
        ("claims, signature", CHECK, False),
        ("claims, signature", "if not hmac.compare_digest(signature, signed(token)):\n            return None", False),
        ("claims, signature", "hmac.compare_digest(signature, signed(token))", True),
        ("claims, signature", "print(signature)", True),
        ("claims, b''", CHECK.replace("signature,", "b'',"), True),
    ],
)
def test_a_token_is_believed_where_nobody_checks_its_signature(
    scan: Callable[[dict[str, str]], Report], returned: str, check: str, found: bool
) -> None:
    report = scan({"server.py": SERVER.replace("RETURNED", returned).replace("CHECK", check)})

    assert ("unverified-token" in {finding.rule for finding in report.findings}) is found
