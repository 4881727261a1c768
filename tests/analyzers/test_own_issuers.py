"""Where a program issues all tokens of a key by itself, a verifier need not ask for the expiry that each has."""

import pytest

from analyzers import analyze
from analyzers.finding import Severity
from tests.analyzers.programs import tree_of

SECRET = """
from fastmcp import FastMCP
from jose import jwt
from config import settings

mcp = FastMCP("shop")

def issue(user: str, expires: int) -> str:
    return jwt.encode({"sub": user, "exp": expires}, settings.secret_key, algorithm=settings.algorithm)

def sign(order: str) -> str:
    return jwt.encode({"order": order, "sub": "shop"}, OTHER, algorithm="HS256")

def user_of(token: str) -> str:
    return jwt.decode(token, settings.secret_key, algorithms=[settings.algorithm])["sub"]

mcp.run(transport="http")
"""
PAIR = """
import jwt
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from fastmcp import FastMCP
from config import settings

mcp = FastMCP("shop")

def issue(user: str, expires: int) -> str:
    return jwt.encode({"sub": user, EXPIRY}, settings.private_key, algorithm="RS256")

def verifier():
    private_key = load_pem_private_key(settings.private_key, password=None)
    public_key = KEY

    def verify(token: str) -> dict:
        return jwt.decode(token, public_key, algorithms=["RS256"], audience="shop")

    return verify

mcp.run(transport="http")
"""
DATED = '"exp": expires'
PROGRAMS = {
    "another key": (SECRET.replace("OTHER", "settings.order_key.get_secret_value()"), Severity.INFO),
    "the same key": (SECRET.replace("OTHER", "settings.secret_key"), Severity.MEDIUM),
    "its own pair": (PAIR.replace("EXPIRY", DATED).replace("KEY", "private_key.public_key()"), Severity.INFO),
    "undated": (PAIR.replace("EXPIRY", '"aud": "shop"').replace("KEY", "private_key.public_key()"), Severity.MEDIUM),
    "a key of others": (PAIR.replace("EXPIRY", DATED).replace("KEY", "settings.issuer_key"), Severity.MEDIUM),
}


@pytest.mark.parametrize(("program", "severity"), PROGRAMS.values(), ids=PROGRAMS)
def test_tokens_that_are_all_issued_here_are_dated(program: str, severity: Severity) -> None:
    found = analyze(tree_of({"server.py": program, "config.py": ""})).findings

    assert [one.severity for one in found if one.rule == "verifier-accepts-unexpiring-token"] == [severity]
