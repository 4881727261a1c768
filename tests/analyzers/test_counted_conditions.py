"""Conditions that are asked for together, in a list of `any` or `all`."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import ipaddress
import socket
from urllib.parse import urlsplit
import httpx
from fastmcp import FastMCP
from fastmcp.exceptions import ToolError

mcp = FastMCP("docs")

@mcp.tool
async def read(url: str) -> str:
    host = urlsplit(url).hostname
    if not host:
        raise ToolError("no host")
    for found in socket.getaddrinfo(host, None):
        address = ipaddress.ip_address(found[4][0])
        if REFUSED:
            raise ToolError("destination not allowed")
    async with httpx.AsyncClient() as client:
        return (await client.get(url)).text

mcp.run(transport="http")
"""
NAMES = ("is_private", "is_loopback", "is_link_local", "is_multicast", "is_reserved", "is_unspecified")
TESTS = ", ".join(f"address.{name}" for name in NAMES)


@pytest.mark.parametrize(
    ("refused", "is_checked"),
    [
        (f"any(({TESTS}))", True),
        (f"any([{TESTS}])", True),
        ("not all([address.is_global, not address.is_multicast])", True),
        (f"all(({TESTS}))", False),
        ("any([address.is_multicast, address.is_unspecified])", False),
        ("any([*tests_of(address)])", False),
    ],
)
def test_conditions_in_a_list_are_connected(refused: str, is_checked: bool) -> None:
    findings = analyze(tree_of({"server.py": SERVER.replace("REFUSED", refused)})).findings
    rules = {finding.rule for finding in findings}

    assert rules.isdisjoint({"ssrf-broken-guard", "ssrf-model-controlled-host"}) is is_checked
