"""Tokens whose audience is not compared where they are verified, but by those who have that done."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import os
import httpx
import jwt
from fastapi import FastAPI, HTTPException
from fastmcp import FastMCP
from fastmcp.server.auth import AccessToken, TokenVerifier

def verified(token: str) -> dict:
    return jwt.decode(token, os.environ["KEY"], algorithms=["RS256"], options=OPTIONS)

def check_audience(claims: dict) -> None:
    given = claims.get(CLAIM)
    if EXPECTED not in ([given] if isinstance(given, str) else given or []):
        raise HTTPException(401, "not for this service")

class Verifier(TokenVerifier):
    async def verify_token(self, token: str) -> AccessToken | None:
        claims = verified(token)
        CHECKED
        return AccessToken(token=token, client_id=claims["azp"], scopes=[])

app = FastAPI()

@app.get("/orders")
def orders(token: str) -> dict:
    claims = verified(token)
    BESIDE
    return claims

EXPECTED = "https://shop.example/mcp"
mcp = FastMCP("shop", auth=Verifier())

@mcp.tool
def cancel_order(order: str) -> str:
    return httpx.delete("https://shop.internal/orders", params={"id": order}).text

app.mount("/mcp", mcp.http_app())
"""
OFF = '{"verify_aud": False, "require": ["exp"]}'
CHECK = "check_audience(claims)"


@pytest.mark.parametrize(
    ("claim", "checked", "beside", "is_told"),
    [
        ('"aud"', CHECK, CHECK, False),
        ('"aud"', CHECK, "pass", True),
        ('"aud"', "pass", CHECK, True),
        ('"azp"', CHECK, CHECK, True),
        ('"aud"', "pass", "pass", True),
    ],
)
def test_all_who_have_a_token_verified_compare_its_audience(
    claim: str, checked: str, beside: str, is_told: bool
) -> None:
    text = SERVER.replace("OPTIONS", OFF).replace("CLAIM", claim).replace("CHECKED", checked).replace("BESIDE", beside)
    findings = analyze(tree_of({"server.py": text})).findings
    assert ("missing-audience-check" in {found.rule for found in findings}) == is_told


OF_AN_OBJECT = """
import jwt
from fastapi import FastAPI, HTTPException, Request
from fastmcp import FastMCP

class Issuer:
    def __init__(self, key: str) -> None:
        self.key = key

    def verify(self, token: str) -> dict:
        return jwt.decode(token, self.key, algorithms=["RS256"], options={"verify_aud": False, "require": ["exp"]})

app = FastAPI()

@app.post("/redeem")
def redeem(request: Request) -> dict:
    issuer = getattr(request.app.state, "issuer", None)
    claims = issuer.verify(request.headers["authorization"])
    COMPARED
    return claims

mcp = FastMCP("shop", auth=provider)
app.mount("/mcp", mcp.http_app())
"""


@pytest.mark.parametrize(
    ("compared", "is_told"),
    [
        ('if claims["aud"] not in request.app.state.targets: raise HTTPException(401, "not for us")', False),
        ("pass", True),
    ],
)
def test_an_object_that_is_found_by_its_name_alone_is_asked_there(compared: str, is_told: bool) -> None:
    findings = analyze(tree_of({"server.py": OF_AN_OBJECT.replace("COMPARED", compared)})).findings
    assert ("missing-audience-check" in {found.rule for found in findings}) == is_told
