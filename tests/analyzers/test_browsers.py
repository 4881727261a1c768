"""A page that a browser elsewhere opens is opened from the network that it runs in."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
from urllib.parse import urlparse
from fastmcp import FastMCP
from playwright.async_api import async_playwright

mcp = FastMCP("pages")


async def browser(address: str):
    started = await async_playwright().start()
    return await started.chromium.{opened}


@mcp.tool
async def show(url: str) -> str:
    {check}
    page = await (await browser("wss://browsers.example/")).new_page()
    await page.goto(url)
    return await page.content()


mcp.run(transport="http")
"""
SCHEME = "if urlparse(url).scheme not in ('http', 'https'):\n        raise ValueError('no')"


@pytest.mark.parametrize(("check", "rule"), [("pass", "ssrf-model-controlled-host"), (SCHEME, "ssrf-broken-guard")])
@pytest.mark.parametrize(
    ("opened", "severity"),
    [
        ("connect_over_cdp(address)", "LOW"),
        ('connect_over_cdp("http://localhost:9222")', "HIGH"),
        ("launch()", "HIGH"),
        ("connect_over_cdp(address) if address else await started.chromium.launch()", "HIGH"),
    ],
)
def test_a_browser_of_another_machine_reaches_less(check: str, rule: str, opened: str, severity: str) -> None:
    report = analyze(tree_of({"server.py": SERVER.format(check=check, opened=opened)}))

    told = "INFO" if severity == "LOW" and check == SCHEME else severity
    assert [item.severity.name for item in report.findings if item.rule == rule] == [told]
