"""A script that a caller writes for the page of a browser changes what its user may; the program's own reads it."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
from fastmcp import FastMCP
from playwright.async_api import Page, async_playwright
from selenium import webdriver

mcp = FastMCP("pages")
driver = webdriver.Chrome()
state = {}

async def opened():
    started = await async_playwright().start()
    return await (await started.chromium.launch()).new_page()

async def run(page: Page, script: str):
    return await page.evaluate(script)

@mcp.tool
async def act(script: str, selector: str) -> str:
    return str(CALL)

mcp.run(transport="http")
"""
CHOSEN = (
    *("await (await opened()).evaluate(script)", "await run(await opened(), script)", "driver.execute_script(script)"),
    *('await state["page"].evaluate(script)', 'await (await opened()).eval_on_selector("body", script)'),
    "await (await opened()).evaluate(f\"document.querySelector('{selector}').click()\")",
)
OWN = (
    *('await (await opened()).evaluate("() => document.title")', 'await run(await opened(), "document.title")'),
    *('driver.execute_script("return document.title")', "await state['model'].evaluate(script)"),
    'await (await opened()).eval_on_selector(selector, "one => one.textContent")',
)


@pytest.mark.parametrize(
    ("call", "capability"), [*((call, "write") for call in CHOSEN), *((call, "read-public") for call in OWN)]
)
def test_a_chosen_script_may_change_what_the_page_shows(call: str, capability: str) -> None:
    (row,) = analyze(tree_of({"server.py": SERVER.replace("CALL", call)})).tools

    assert row.capabilities == (capability,)
