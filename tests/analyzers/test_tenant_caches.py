"""What was found for one tenant, kept where another tenant's call finds it."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import httpx
from fastmcp import FastMCP
from fastmcp.server.dependencies import get_access_token

mcp = FastMCP("invoices")
known = {}


def read(tenant, number):
    return httpx.get("https://invoices.internal/", params={"tenant": tenant, "number": number}).json()


@mcp.tool
def invoice(number: str) -> dict:
    tenant = get_access_token().claims["tenant"]
BODY

mcp.run(transport="http")
"""
BODIES = {
    "under what was asked for": (
        """
    if number not in known:
        known[number] = read(tenant, number)
    return known[number]
""",
        True,
    ),
    "under a key made of it": (
        """
    key = f"invoice:{number}"
    if key not in known:
        known[key] = read(tenant, number)
    return known[key]
""",
        True,
    ),
    "under the tenant and what was asked for": (
        """
    if (tenant, number) not in known:
        known[tenant, number] = read(tenant, number)
    return known[tenant, number]
""",
        False,
    ),
    "with its owner, who is compared": (
        """
    if number not in known:
        known[number] = {"tenant": tenant, "invoice": read(tenant, number)}
    if known[number]["tenant"] != tenant:
        raise ValueError(number)
    return known[number]["invoice"]
""",
        False,
    ),
    "the same for every tenant": (
        """
    if number not in known:
        known[number] = read("all", number)
    return known[number]
""",
        False,
    ),
}


@pytest.mark.parametrize("name", BODIES)
def test_is_told_where_the_key_lacks_the_tenant(name: str) -> None:
    body, told = BODIES[name]
    report = analyze(tree_of({"server.py": SERVER.replace("BODY", body.rstrip())}))

    found = [item for item in report.findings if item.rule == "cross-session-state"]

    assert [item.message for item in found] == (
        ["`invoice` keeps what it found for its caller in `known`, under a key without the caller."] if told else []
    )
