"""Tools whose calls whoever listens is told of, and servers of which nearly all tools are recorded."""

import pytest

from analyzers import analyze
from analyzers.finding import Finding, Severity
from tests.analyzers.programs import tree_of

SERVER = """\
import functools
import logging
import httpx
from fastmcp import FastMCP

log = logging.getLogger(__name__)
mcp = FastMCP("shop", auth=verifier)

class Hooks:
    def __init__(self):
        self.handlers = []

    async def fire(self, event, **about):
        for handler in self.handlers:
            await handler.on_event(event, **about)

hooks = Hooks()

def hooked(tool_name):
    def around(function):
        @functools.wraps(function)
        async def call(**given):
            TELLS
            return await function(**given)
        return call
    return around

@mcp.tool
@hooked("delete_order")
async def delete_order(number: str) -> str:
    return httpx.delete(f"https://shop.internal/{number}").text
MORE
mcp.run(transport="http")
"""
BARE = """
@mcp.tool
async def move_order(number: str) -> str:
    return httpx.put(f"https://shop.internal/{number}").text
"""
FIRE = 'await hooks.fire("before", tool_name=tool_name)'


def told(text: str) -> Finding:
    """Return the one finding of the rule."""
    found = analyze(tree_of({"server.py": text})).findings
    (one,) = [item for item in found if item.rule == "missing-tool-call-audit"]
    return one


@pytest.mark.parametrize(
    ("tells", "more", "severity", "named"),
    [
        (FIRE, "", Severity.LOW, "delete_order"),
        ("pass", "", Severity.MEDIUM, "delete_order"),
        ('if "dry" in given:\n                ' + FIRE, "", Severity.MEDIUM, "delete_order"),
        ('await hooks.fire("before")', "", Severity.MEDIUM, "delete_order"),
        (FIRE, BARE, Severity.MEDIUM, "move_order"),
    ],
)
def test_listeners_may_record_what_they_are_told_of(tells: str, more: str, severity: Severity, named: str) -> None:
    found = told(SERVER.replace("TELLS", tells).replace("MORE", more))
    assert found.severity is severity
    assert any(f"`{named}`" in item.note for item in found.evidence)


RECORDED = """\
import logging
import httpx
from fastmcp import FastMCP

log = logging.getLogger(__name__)
mcp = FastMCP("shop", auth=verifier)

def audit(tool):
    logging.getLogger("audit").info("called %s", tool)

"""
ONE = """
@mcp.tool
def set_price_NUMBER(price: int) -> str:
    RECORDS
    return httpx.DOES(f"https://shop.internal/NUMBER").text
"""


@pytest.mark.parametrize(
    ("count", "does", "severity"),
    [(9, "put", Severity.LOW), (8, "put", Severity.MEDIUM), (9, "delete", Severity.MEDIUM)],
)
def test_one_of_ten_that_is_not_recorded_matters_less(count: int, does: str, severity: Severity) -> None:
    tools = [ONE.replace("RECORDS", f'audit("set_price_{number}")') for number in range(count)]
    text = "".join(
        tool.replace("NUMBER", str(number)).replace("DOES", does)
        for number, tool in enumerate([*tools, ONE.replace("RECORDS", "pass")])
    )
    assert told(RECORDED + text + '\nmcp.run(transport="http")\n').severity is severity
