"""Proofs that a key is held are made for one request, and have neither an end nor an audience."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

PROGRAM = """
import time
import jwt
from fastmcp import FastMCP
from fastmcp.server.auth.providers.jwt import JWTVerifier
from keys import KEY

mcp = FastMCP("orders", auth=JWTVerifier(jwks_uri="https://id.example/jwks", audience="orders"))

def prove(method: str, url: str) -> str:
    return jwt.encode({{"jti": "1", "{method}": method, "{address}": url, "iat": int(time.time())}}, KEY)

def check(proof: str, method: str, url: str) -> bool:
    claims = jwt.decode(proof, KEY, algorithms=["ES256"], options={{"verify_exp": False, "verify_aud": False}})
    return claims["{method}"] == method and claims["{address}"] == url

@mcp.tool
def order(item: str) -> str:
    return item

mcp.run(transport="http")
"""
RULES = {"token-without-expiry", "missing-audience-check", "verifier-accepts-unexpiring-token"}


@pytest.mark.parametrize(("method", "address", "told"), [("htm", "htu", set()), ("method", "url", RULES)])
def test_a_proof_is_no_token(method: str, address: str, told: set[str]) -> None:
    found = analyze(tree_of({"server.py": PROGRAM.format(method=method, address=address)})).findings
    of_functions = [one for one in found if one.rule in RULES and "JWTVerifier" not in one.message]

    assert {one.rule for one in of_functions} == told
