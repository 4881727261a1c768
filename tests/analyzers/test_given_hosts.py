"""Helpers that are given the host of an address, and say whether it is one of those meant."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
from urllib.parse import urlparse
import requests
from fastmcp import FastMCP

mcp = FastMCP("files")


def is_ours(host):
    return {test}


@mcp.tool
def fetch(url: str) -> bytes:
    parsed = urlparse(url)
    if parsed.scheme != "https" or not parsed.hostname or not is_ours({given}):
        raise ValueError("not one of ours")
    return requests.get(url, allow_redirects=False).content


mcp.run(transport="http")
"""
RULES = {"ssrf-broken-guard", "ssrf-model-controlled-host"}
BELOW = 'host == "files.example" or host.endswith(".files.example")'


@pytest.mark.parametrize(
    ("test", "given", "found"),
    [
        (BELOW, "parsed.hostname", False),
        (BELOW, '(parsed.hostname or "").lower()', False),
        ('host.endswith(".files.example")', "parsed.hostname", False),
        ('host in ("files.example", "cdn.example") or host.endswith(".files.example")', "parsed.hostname", False),
        (BELOW, "url", True),
        (BELOW, "parsed.path", True),
        ('host.endswith("files.example")', "parsed.hostname", True),
        ('host == "files.example" or host.endswith("files.example")', "parsed.hostname", True),
        ('host == "files.example" or host.startswith("files.")', "parsed.hostname", True),
    ],
)
def test_a_suffix_with_a_dot_bounds_what_is_always_a_host(
    scan: Callable[[dict[str, str]], Report], test: str, given: str, found: bool
) -> None:
    report = scan({"server.py": SERVER.format(test=test, given=given)})

    assert (not RULES.isdisjoint(item.rule for item in report.findings)) is found


def test_a_helper_that_another_call_gives_a_whole_address_bounds_nothing(
    scan: Callable[[dict[str, str]], Report],
) -> None:
    program = SERVER.format(test=BELOW, given="parsed.hostname")
    other = "\n\n@mcp.tool\ndef known(url: str) -> bool:\n    return is_ours(url)\n\n\nmcp.run("
    report = scan({"server.py": program.replace("\n\nmcp.run(", other)})

    assert not RULES.isdisjoint(item.rule for item in report.findings)
