"""Hosts that come from the headers of a request, of which a loop knows no name."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import httpx
from fastmcp import FastMCP
from fastmcp.server.dependencies import get_http_headers

mcp = FastMCP("shop")

@mcp.tool
def preview() -> str:
    given = {}
    FILLED
    return httpx.get(given["address"]).text

mcp.run("http")
"""


@pytest.mark.parametrize(
    ("filled", "name"),
    [
        ('given["address"] = get_http_headers().get("x-shop")', "`x-shop`"),
        ("for name, value in get_http_headers().items():\n        given[name] = value", "`headers`"),
    ],
)
def test_what_is_told_of_a_header_is_what_a_caller_knows(filled: str, name: str) -> None:
    report = analyze(tree_of({"server.py": SERVER.replace("FILLED", filled)}))
    (found,) = (item for item in report.findings if item.rule == "ssrf-model-controlled-host")

    assert found.evidence[0].note == f"`preview` takes {name} from its caller"
    assert name in found.message
