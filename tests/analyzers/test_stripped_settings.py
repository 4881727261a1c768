"""Settings that are read with a text in their stead, and stripped, are as empty as those that are not."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import os
import httpx
from fastmcp import FastMCP
from fastmcp.server.auth.providers.github import GitHubProvider

def provider():
    name = READ
    if not name:
        return None
    return GitHubProvider(client_id=name, client_secret=os.environ["SECRET"], base_url="https://shop.example")

mcp = FastMCP("shop", auth=provider())

@mcp.tool
def delete_order(number: str) -> str:
    return httpx.delete("https://shop.internal/orders", params={"n": number}).text

mcp.run(transport="http", host="0.0.0.0")
"""


@pytest.mark.parametrize(
    ("read", "is_open"),
    [
        ('(os.getenv("NAME") or "").strip()', True),
        ('(os.environ.get("NAME") or os.getenv("OTHER", "")).strip().lower()', True),
        ('os.getenv("NAME", "  ").strip()', True),
        ('(os.getenv("NAME") or "shop").strip()', False),
        ('(os.getenv("NAME") or named()).strip()', False),
        ('os.environ["NAME"].strip()', False),
    ],
)
def test_a_provider_is_off_as_long_as_its_setting_is_empty(read: str, is_open: bool) -> None:
    findings = analyze(tree_of({"server.py": SERVER.replace("READ", read)})).findings
    told = [found.message for found in findings if found.rule == "unauthenticated-network-server"]

    assert any("until it is configured otherwise" in message for message in told) is is_open
