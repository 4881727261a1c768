"""Tokens that are read although they have expired: to name what is revoked, or to let somebody in."""

import textwrap
from collections.abc import Callable

import pytest

from analyzers import Report

GRANTS = """
import jwt
from fastmcp import FastMCP

mcp = FastMCP("grants")

class Grants:
    def __init__(self, key):
        self.key = key
        self.revoked = {}

    def read(self, token):
        try:
            return jwt.decode(token, self.key, algorithms=["HS256"], options={"verify_exp": False})
        except jwt.PyJWTError:
            return None

"""
USES = {
    "its number is put on a list": (
        """
        def revoke(self, token):
            claims = self.read(token)
            if claims is not None:
                self.revoked[claims["jti"]] = claims.get("exp", 0)
        """,
        False,
    ),
    "its number is looked for": (
        """
        def is_revoked(self, token):
            claims = self.read(token)
            return claims is not None and claims.get("jti") in self.revoked
        """,
        False,
    ),
    "it is given away as a whole": (
        """
        def claims(self, token):
            claims = self.read(token)
            return claims if claims and claims["jti"] not in self.revoked else claims or {}
        """,
        True,
    ),
    "its subject is let in": (
        """
        def user(self, token):
            claims = self.read(token)
            return claims["sub"] if claims and claims["jti"] not in self.revoked else None
        """,
        True,
    ),
}


@pytest.mark.parametrize(("use", "is_told"), USES.values(), ids=USES)
def test_a_token_may_have_expired_where_only_its_number_is_read(
    scan: Callable[[dict[str, str]], Report], use: str, is_told: bool
) -> None:
    method = textwrap.indent(textwrap.dedent(use), "    ")
    report = scan({"server.py": f"{GRANTS}{method}\nmcp.run(transport='http')\n"})

    assert [item.rule for item in report.findings if item.rule == "verifier-accepts-unexpiring-token"] == [
        "verifier-accepts-unexpiring-token"
    ] * is_told
