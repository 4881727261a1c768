"""Objects that tell of a check that failed by what they were not given."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
from dataclasses import dataclass
from urllib.parse import urlsplit
import httpx
from fastmcp import FastMCP

mcp = FastMCP("relay")

@dataclass
class Result:
    address: str | None = {default}
    failure: str | None = None

def check(url: str) -> None:
    if urlsplit(url).hostname not in ("shop.example", "bank.example"):
        raise ValueError("somewhere else")

def parsed(url: str) -> Result:
    try:
        check(url)
    except ValueError as error:
        return Result({failed})
    return Result(address=url)

@mcp.tool
def fetch(url: str) -> str:
    result = parsed(url)
    if {condition}:
        return result.failure
    return httpx.get(url).text

mcp.run(transport="http")
"""
TOLD = "failure=str(error)"


@pytest.mark.parametrize(
    ("default", "failed", "condition", "found"),
    [
        pytest.param("None", TOLD, "result.address is None", [], id="nothing was given"),
        pytest.param("None", TOLD, "not result.address", [], id="nothing that is true"),
        pytest.param('"https://shop.example"', TOLD, "result.address is None", ["ssrf-broken-guard"], id="a default"),
        pytest.param("None", "url, str(error)", "result.address is None", ["ssrf-broken-guard"], id="given in order"),
        pytest.param("None", TOLD, "not url", ["ssrf-broken-guard"], id="not asked for"),
    ],
)
def test_what_a_result_was_not_given_tells_that_a_check_failed(
    default: str, failed: str, condition: str, found: list[str]
) -> None:
    server = SERVER.format(default=default, failed=failed, condition=condition)

    assert [item.rule for item in analyze(tree_of({"server.py": server})).findings if "ssrf" in item.rule] == found
