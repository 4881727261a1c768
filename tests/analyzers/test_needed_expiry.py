"""A verifier whose claims are refused without an expiry further up asks for it, whoever is meant by its contract."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

PROGRAM = """
import jwt
from abc import ABC, abstractmethod
from fastmcp import FastMCP
from config import settings

mcp = FastMCP("shop")

class Validator(ABC):
    @abstractmethod
    def validate(self, token: str) -> dict: ...

class KeyedValidator(Validator):
    def validate(self, token: str) -> dict:
        return jwt.decode(token, settings.issuer_key, algorithms=["RS256"], audience="shop")

class Authenticator:
    def __init__(self, validator: Validator):
        self._validator = validator

    def authenticate(self, token: str) -> dict:
        claims = self._validator.validate(token)
        self._limit(claims)
        return claims

    def _limit(self, claims: dict) -> None:
        LIMIT

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("limit", "told"),
    [
        ('if "exp" not in claims:\n            raise PermissionError("no expiry")', False),
        ('if claims["exp"] - claims["iat"] > 3600:\n            raise PermissionError("too long")', False),
        ('if not claims.get("exp"):\n            raise PermissionError("no expiry")', False),
        (
            'expiry = claims.get("exp")\n        if not expiry:\n            expiry = 60\n        self.until = expiry',
            True,
        ),
        ('if "iss" not in claims:\n            raise PermissionError("no issuer")', True),
    ],
)
def test_an_expiry_that_is_needed_behind_a_contract_is_asked_for(limit: str, told: bool) -> None:
    report = analyze(tree_of({"server.py": PROGRAM.replace("LIMIT", limit), "config.py": ""}))

    assert ("verifier-accepts-unexpiring-token" in {one.rule for one in report.findings}) is told
