"""Which checks bind the host of a request, in the ways in which helpers make them."""

from collections.abc import Callable

import pytest

from analyzers import Report

PROGRAM = """
import ipaddress
import os
import socket
import httpx
from urllib.parse import urlparse, urlsplit
from fastmcp import FastMCP

mcp = FastMCP("shop")
ALLOWED = tuple(os.environ["HOSTS"].split(","))
PRIVATE = (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("fd00::/8"))

def among(url, hosts):
    if urlparse(url).hostname not in hosts:
        raise ValueError("not allowed")

def like_one(url, allowed):
    target = urlsplit(url)
    for prefix in allowed:
        base = urlsplit(prefix)
        if (target.scheme, target.hostname) == (base.scheme, base.hostname):
            return target
    raise ValueError("not allowed")

def is_private(address):
    for network in PRIVATE:
        if address.version != network.version:
            continue
        if address in network:
            return True
    return False

def is_like_private(address):
    for network in PRIVATE:
        if address.packed != network.packed:
            continue
        if address in network:
            return True
    return False

def resolved(url, *, allow_private=False):
    found = socket.getaddrinfo(urlparse(url).hostname, 443)
    for text in found:
        address = ipaddress.ip_address(text[4][0])
        private = is_private(address)
        if private and not allow_private:
            raise ValueError("not allowed")

def loosely_resolved(url):
    for text in socket.getaddrinfo(urlparse(url).hostname, 443):
        if is_like_private(ipaddress.ip_address(text[4][0])):
            raise ValueError("not allowed")

def once_each(url):
    seen = set()
    for text in socket.getaddrinfo(urlparse(url).hostname, 443):
        if text[4][0] in seen:
            continue
        seen.add(text[4][0])
        if ipaddress.ip_address(text[4][0]).is_private or ipaddress.ip_address(text[4][0]).is_loopback:
            raise ValueError("not allowed")

def refused(url, other):
    try:
        among(url, ALLOWED)
        if other is not None:
            among(other, ALLOWED)
    except ValueError as error:
        return str(error)
    return httpx.get(other or url).text

@mcp.tool
def fetch(url: str, other: str | None = None, hosts: list[str] = [], allow: bool = False) -> str:
    BODY

mcp.run(transport="http")
"""
GET = "\n    return httpx.get(url, follow_redirects=False).text"
OPEN, AGAIN = ["ssrf-model-controlled-host"], ["ssrf-resolve-then-connect"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param("among(url, ALLOWED)" + GET, [], id="a list that the helper is given"),
        pytest.param("among(url, hosts)" + GET, OPEN, id="a list that the caller sends"),
        pytest.param("like_one(url, ALLOWED)" + GET, [], id="scheme and host of one of a list"),
        pytest.param("like_one(url, [other])" + GET, OPEN, id="scheme and host of what the caller sends"),
        pytest.param("resolved(url)" + GET, AGAIN, id="networks of the other version are left out"),
        pytest.param("resolved(url, allow_private=allow)" + GET, OPEN, id="the caller allows private ones"),
        pytest.param("once_each(url)" + GET, AGAIN, id="addresses that were seen are left out"),
        pytest.param("loosely_resolved(url)" + GET, OPEN, id="networks are left out for something else"),
        pytest.param("if url.endswith('.txt'):\n        return httpx.get(url).text", OPEN, id="a kind of file"),
        pytest.param("return refused(url, other)", [], id="an address that need not be given"),
    ],
)
def test_what_a_helper_compares_a_host_with_counts(
    scan: Callable[[dict[str, str]], Report], body: str, expected: list[str]
) -> None:
    found = scan({"server.py": PROGRAM.replace("BODY", body)}).findings

    assert [finding.rule for finding in found if finding.rule.startswith("ssrf")] == expected
