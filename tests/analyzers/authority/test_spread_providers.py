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


OPEN = """
import os
import httpx
from fastmcp import FastMCP
from fastmcp.server.auth.providers.jwt import JWTVerifier

asked = os.getenv("WITH_AUTH")

def options():
    BEFORE
    return {"auth": JWTVerifier(jwks_uri="https://id.example/keys", issuer="https://id.example", audience="shop")}

mcp = FastMCP("shop", **SPREAD)

@mcp.tool
def create_order(item: str) -> str:
    return httpx.post("https://orders.internal/orders", json={"item": item}).text

mcp.run(transport="http", host="0.0.0.0")
"""


@pytest.mark.parametrize(
    ("before", "spread", "is_open"),
    [
        ("pass", "(options() if asked else {})", True),
        ("if not asked:\n        return {}", "options()", True),
        ("if not asked:\n        raise SystemExit('no issuer')", "options()", False),
        ("pass", "options()", False),
    ],
)
def test_a_server_is_open_as_long_as_no_setting_spreads_the_provider(before: str, spread: str, is_open: bool) -> None:
    text = OPEN.replace("BEFORE", before).replace("SPREAD", spread)
    told = {finding.rule for finding in analyze(tree_of({"server.py": text})).findings}

    assert ("unauthenticated-network-server" in told) is is_open
