"""Addresses that need not be given: checked where they are, and used where they are."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
from urllib.parse import urlparse
import httpx
from fastmcp import FastMCP

mcp = FastMCP("pages")


def problem(url: str) -> str | None:
    if urlparse(url).hostname not in ("pages.example", "files.example"):
        return "not one of ours"
    return None


@mcp.tool
async def show(action: str, url: str | None = None, strict: bool = True) -> str:
    if action == "list":
        return ""
    if {given}:
        error = problem(url)
        if error:
            return error
    await prepared()
    if url:
        return httpx.get(url).text
    return ""


mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("given", "told"),
    [("url", False), ("url is not None", False), ("strict", True), ("action", True), ("not url", True)],
)
def test_a_check_of_what_is_given_counts_where_that_is_used(
    given: str, told: bool, scan: Callable[[dict[str, str]], Report]
) -> None:
    report = scan({"server.py": SERVER.format(given=given)})

    assert any(item.rule.startswith("ssrf-") for item in report.findings) is told
