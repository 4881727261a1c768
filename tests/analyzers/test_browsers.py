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


@pytest.mark.parametrize("check", ["pass", SCHEME])
@pytest.mark.parametrize(
    ("opened", "severity"),
    [
        ("connect_over_cdp(address)", "LOW"),
        ('connect_over_cdp("http://localhost:9222")', "HIGH"),
        ("launch()", "HIGH"),
        ("connect_over_cdp(address) if address else await started.chromium.launch()", "HIGH"),
    ],
)
def test_a_browser_of_another_machine_reaches_less(check: str, opened: str, severity: str) -> None:
    report = analyze(tree_of({"server.py": SERVER.format(check=check, opened=opened)}))

    told = "INFO" if severity == "LOW" and check == SCHEME else severity
    assert [(item.rule, item.severity.name) for item in report.findings if item.rule.startswith("ssrf")] == [
        ("ssrf-model-controlled-host", told)
    ]


KEPT = """
import scraping
from fastmcp import FastMCP

mcp = FastMCP("pages")
kept = None


async def opened():
    global kept
    if kept is None:
        browser = scraping.BrowserManager(headless=True)
        await browser.start()
        browser.page.set_default_timeout(30000)
        kept = browser
    return kept


@mcp.tool
async def profile(name: str) -> str:
    browser = await opened()
    return await {work}


mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("work", "capability"),
    [("browser.page.inner_text(name)", "read-private"), ("browser.update_profile(name)", "write")],
)
def test_to_start_a_browser_changes_nothing(work: str, capability: str) -> None:
    (row,) = analyze(tree_of({"server.py": KEPT.format(work=work)})).tools

    assert row.capabilities[0] == capability
