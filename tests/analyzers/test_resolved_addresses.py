"""Checks of a destination by several tests of which the last looks the name up."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
import ipaddress
import os
import socket
from urllib.parse import urlsplit

import httpx
from fastmcp import FastMCP

mcp = FastMCP("pages")


def is_private(address):
    return address.is_private or address.is_loopback or address.is_link_local or address.is_reserved


def is_public_url(url):
    if not url.startswith(("http://", "https://")):
        return False, "scheme"
    host = urlsplit(url).hostname
    if not host:
        return False, "host"
    WAY
    return not is_private_host(host.lower()), "address"


def is_private_host(host):
    if host in ("localhost", "0.0.0.0") or host.startswith("127."):
        return True
    try:
        return is_private(ipaddress.ip_address(host))
    except ValueError:
        try:
            found = socket.getaddrinfo(host, None)
        except socket.gaierror:
            return False
        for item in found:
            try:
                address = ipaddress.ip_address(item[4][0])
            except ValueError:
                UNREAD
            if TEST:
                return True
        return False


@mcp.tool
async def page(url: str) -> str:
    allowed, reason = is_public_url(url)
    if not allowed:
        return reason
    async with httpx.AsyncClient(follow_redirects=False) as client:
        return (await client.get(url)).text


mcp.run(transport="http")
"""
TEST = "is_private(address)"
HELD, BROKEN = {"ssrf-resolve-then-connect"}, {"ssrf-broken-guard"}
OPEN = {"ssrf-model-controlled-host"}


@pytest.mark.parametrize(
    ("way", "test", "rules"),
    [
        pytest.param("pass", TEST, HELD, id="all of them"),
        pytest.param("if os.getenv('LOCAL', '') in ('1', 'true'): return True, None", TEST, HELD, id="a setting"),
        pytest.param("if url.endswith('.pdf'): return True, None", TEST, OPEN, id="what the caller may write"),
        pytest.param("pass", "address.is_loopback", BROKEN, id="some addresses only"),
        pytest.param("pass", "item is None", BROKEN, id="no address that was looked up"),
    ],
)
def test_a_check_is_as_strong_as_all_its_tests_together(
    scan: Callable[[dict[str, str]], Report], way: str, test: str, rules: set[str]
) -> None:
    report = scan({"server.py": SERVER.replace("WAY", way).replace("TEST", test).replace("UNREAD", "return True")})

    assert {finding.rule for finding in report.findings if finding.rule.startswith("ssrf")} == rules


def test_an_address_that_may_be_skipped_is_what_passes_all_tests(scan: Callable[[dict[str, str]], Report]) -> None:
    report = scan({"server.py": SERVER.replace("WAY", "pass").replace("TEST", TEST).replace("UNREAD", "continue")})
    (found,) = [finding for finding in report.findings if finding.rule.startswith("ssrf")]

    assert found.rule == "ssrf-broken-guard"
    assert found.severity.name == "MEDIUM"
    assert any("does not parse is skipped" in step.note for step in found.evidence)
