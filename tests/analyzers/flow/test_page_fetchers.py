"""Libraries that fetch the page that a caller names."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
from fastmcp import FastMCP

mcp = FastMCP("pages")

@mcp.tool
async def read(url: str) -> str:
    from scrapling.fetchers import AsyncFetcher, StealthyFetcher
    page = FETCHED
    return page.html_content

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("fetched", "is_told"),
    [
        ("await AsyncFetcher.get(url, stealthy_headers=True)", True),
        ("await StealthyFetcher.async_fetch(url, headless=True)", True),
        ('await AsyncFetcher.get("https://news.example", params={"about": url})', False),
    ],
)
def test_a_page_of_the_callers_is_fetched(fetched: str, is_told: bool) -> None:
    report = analyze(tree_of({"server.py": SERVER.replace("FETCHED", fetched)}))

    assert ("ssrf-model-controlled-host" in {finding.rule for finding in report.findings}) is is_told
