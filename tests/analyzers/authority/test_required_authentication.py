"""Servers that do not start without their authentication, and those that only seem to have one."""

from collections.abc import Callable

import pytest

from analyzers import Report
from analyzers.finding import Confidence, Severity

STARTED = """
import os
import sys
import httpx
from fastmcp import FastMCP
from fastmcp.server.auth import StaticTokenVerifier

def provider():
    key = os.environ.get("SHOP_KEY")
    if key:
        return StaticTokenVerifier(tokens={key: {"client_id": "shop", "scopes": []}})
    return None

mcp = FastMCP("shop", auth=provider())

@mcp.tool
def create_order(item: str) -> str:
    return httpx.post("https://orders.internal/orders", json={"item": item}).text

def main() -> None:
    transport = os.environ.get("TRANSPORT", "stdio")
    if transport != "http":
        return mcp.run()
    CHECK
    mcp.run(transport="http", host="0.0.0.0")
"""
CHECKS = {
    "refuses to start": ('if not os.environ.get("SHOP_KEY"):\n        sys.exit("no key")', False),
    "refuses with an error": ('if os.environ.get("SHOP_KEY") is None:\n        raise ValueError("no key")', False),
    "asks for something else": ('if not os.environ.get("SHOP_URL"):\n        sys.exit("no address")', True),
    "is content with another": (
        'if not os.environ.get("SHOP_KEY") and not os.environ.get("SHOP_URL"):\n        sys.exit("neither")',
        True,
    ),
    "only warns": ('if not os.environ.get("SHOP_KEY"):\n        print("no key")', True),
    "asks for it in another way": ('if os.environ.get("SHOP_KEY"):\n        sys.exit("a key")', True),
    "does not ask": ("pass", True),
}


@pytest.mark.parametrize(("check", "is_open"), CHECKS.values(), ids=CHECKS)
def test_what_does_not_start_without_a_key_is_not_open_by_default(
    scan: Callable[[dict[str, str]], Report], check: str, is_open: bool
) -> None:
    report = scan({"server.py": STARTED.replace("CHECK", check)})
    rules = {finding.rule: finding.severity for finding in report.findings}

    assert ("unauthenticated-network-server" in rules) == is_open
    assert (rules["origin-validation-off"] == Severity.LOW) == (not is_open)


MADE = """
import httpx
from mcp.server import MCPServer
from mcp.server.auth.provider import TokenVerifier

def build(verifier: TokenVerifier | None = None) -> MCPServer:
    server = MCPServer("shop", token_verifier=verifier)

    @server.tool()
    def create_order(item: str) -> str:
        return httpx.post("https://orders.internal/orders", json={"item": item}).text

    return server

def main() -> None:
    build(GIVEN).run(transport="streamable-http", host="0.0.0.0")
"""


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        ("", "unauthenticated-network-server"),
        ("None", "unauthenticated-network-server"),
        ("make_verifier()", "missing-per-tool-authorization"),
    ],
)
def test_a_verifier_that_no_call_gives_verifies_nobody(
    scan: Callable[[dict[str, str]], Report], given: str, rule: str
) -> None:
    found = {finding.rule for finding in scan({"server.py": MADE.replace("GIVEN", given)}).findings}

    assert found & {"unauthenticated-network-server", "missing-per-tool-authorization"} == {rule}


ADDRESSED = """
import httpx
from MODULE import FastMCP

server = FastMCP("shop")

@server.tool()
def create_order(item: str) -> str:
    return httpx.post("https://orders.internal/orders", json={"item": item}).text

server.run(transport="streamable-http"GIVEN)
"""


@pytest.mark.parametrize(
    ("module", "given", "is_served"),
    [
        ("mcp.server.fastmcp", ', host="0.0.0.0", port=8000', False),
        ("mcp.server.fastmcp", "", True),
        ("fastmcp", ', host="0.0.0.0", port=8000', True),
    ],
)
def test_the_sdk_takes_no_address_where_it_is_run(
    scan: Callable[[dict[str, str]], Report], module: str, given: str, is_served: bool
) -> None:
    report = scan({"server.py": ADDRESSED.replace("MODULE", module).replace("GIVEN", given)})
    (found,) = (item for item in report.findings if item.rule == "unauthenticated-network-server")

    assert (found.confidence >= Confidence.MEDIUM) == is_served
