"""Checks of a host that resolve it, hold every address against networks of the settings, and let what fails pass."""

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
NETWORKS = os.environ.get("BLOCKED_NETWORKS", "10.0.0.0/8").split(",")
LOCAL = os.environ.get("LOCAL", "") == "1"
STRICT = os.environ.get("STRICT", "1") == "1"


def check(host):
    addresses = []
    try:
        addresses = [ipaddress.ip_address(host)]
    except ValueError:
        try:
            addresses = [ipaddress.ip_address(found[4][0]) for found in socket.getaddrinfo(host, None)]
        except FAILED:
            if STRICT:
                raise ValueError("not found")
            return
    for address in addresses:
        for written in NETWORKS:
            try:
                network = ipaddress.ip_network(READ)
            except ValueError:
                continue
            if address in network:
                raise ValueError("blocked")
        if not LOCAL and (address.is_private or address.is_loopback or address.is_link_local or address.is_reserved):
            raise ValueError("private")


@mcp.tool
async def page(url: str) -> str:
    host = urlsplit(url).hostname
    if not host:
        return "no host"
    check(host)
    async with httpx.AsyncClient(follow_redirects=False) as client:
        return (await client.get(url)).text


mcp.run(transport="http")
"""
HELD, BROKEN = {"ssrf-resolve-then-connect"}, {"ssrf-broken-guard"}


@pytest.mark.parametrize(
    ("failed", "read", "rules"),
    [
        pytest.param("socket.gaierror", "written", HELD, id="names that do not resolve, and settings that are wrong"),
        pytest.param("OSError", "written", BROKEN, id="any failure of the lookup"),
        pytest.param("socket.gaierror", 'f"{host}/{written}"', BROKEN, id="an entry that callers have a part in"),
    ],
)
def test_what_callers_cannot_make_fail_leaves_a_check_as_it_is(
    scan: Callable[[dict[str, str]], Report], failed: str, read: str, rules: set[str]
) -> None:
    report = scan({"server.py": SERVER.replace("FAILED", failed).replace("READ", read)})

    assert {finding.rule for finding in report.findings if finding.rule.startswith("ssrf")} == rules
