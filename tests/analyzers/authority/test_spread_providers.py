"""Servers that are given what authenticates callers in a table that one of two ways makes."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import sys
import httpx
from fastmcp import FastMCP
from fastmcp.server.auth.providers.jwt import JWTVerifier

hosted = "--http" in sys.argv

def options():
    return {GIVEN}

mcp = FastMCP("shop", **SPREAD)

@mcp.tool
def create_order(item: str) -> str:
    return httpx.post("https://orders.internal/orders", json={"item": item}).text

if hosted:
    mcp.run(transport="http", host="0.0.0.0")
else:
    mcp.run()
"""
VERIFIED = '"auth": JWTVerifier(jwks_uri="https://id.example/keys", issuer="https://id.example", audience="shop")'
NAMED = '"instructions": "Sell."'
CHOSEN = "(options() if hosted else {})"


@pytest.mark.parametrize(
    ("given", "spread", "authentication"),
    [
        (VERIFIED, "options()", "JWTVerifier (server.py:10)"),
        (VERIFIED, CHOSEN, "possibly JWTVerifier (server.py:10)"),
        (NAMED, CHOSEN, "none"),
    ],
)
def test_a_provider_is_found_in_a_table_that_is_chosen(given: str, spread: str, authentication: str) -> None:
    report = analyze(tree_of({"server.py": SERVER.replace("GIVEN", given).replace("SPREAD", spread)}))
    (tool,) = report.tools
    told = {finding.rule for finding in report.findings}

    assert tool.authentication == authentication
    assert ("unauthenticated-network-server" in told) is (authentication == "none")
