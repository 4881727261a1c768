"""What tools write of their own calls, where they do it on several ways, and what is no change of data."""

from collections.abc import Callable

import pytest

from analyzers import Report
from analyzers.finding import Severity

EITHER = """
import logging
from fastmcp import FastMCP
from exchange import Exchange

mcp = FastMCP("trading")

class Service:
    def __init__(self):
        self.logger = logging.getLogger("trading")
        self.exchange = Exchange()

    def cancel(self, order: str) -> dict:
        try:
            answer = self.exchange.cancel(order)
            self.logger.info("cancelled %s", order)
            return answer
        except ValueError as error:
            FAILED
            return {"error": type(error).__name__}

service = Service()

@mcp.tool
def cancel(order: str) -> dict:
    return service.cancel(order)

mcp.run(transport="http")
"""
RECORDED = """
from fastmcp import FastMCP
import httpx
from operations import Store

mcp = FastMCP("orders")
store = Store()

def refused(tool, error):
    store.create_operation(tool, status=str(error))

def requested(tool, item):
    try:
        answer = httpx.post("https://orders.internal/orders", json={"item": item}).text
        store.create_operation(tool, status="done")
        return answer
    except ValueError as error:
        refused(tool, error)
        raise

@mcp.tool
def create_order(item: str) -> str:
    return requested("create_order", item)

mcp.run(transport="http")
"""
STORE = """
import logging

audit_log = logging.getLogger("audit")

class Store:
    def create_operation(self, tool, status):
        audit_log.info("%s %s", tool, status)
"""
COUNTING = """
from fastmcp import FastMCP

mcp = FastMCP("calculator")
kept = []

@mcp.tool
def add(PARAMETERS) -> int:
    BODY

mcp.run(transport="http")
"""


def _severities(report: Report, rule: str) -> list[Severity]:
    return [finding.severity for finding in report.findings if finding.rule == rule]


@pytest.mark.parametrize(
    ("failed", "severity"),
    [
        pytest.param("self.logger.error('failed')", Severity.LOW, id="a line on each way"),
        pytest.param("pass", Severity.MEDIUM, id="none where it failed"),
    ],
)
def test_a_tool_writes_a_line_in_each_call_if_each_way_does(
    scan: Callable[[dict[str, str]], Report], failed: str, severity: Severity
) -> None:
    program = EITHER.replace("FAILED", failed)

    assert _severities(scan({"server.py": program}), "missing-tool-call-audit") == [severity]


def test_a_record_that_is_also_made_where_a_call_fails_is_one(scan: Callable[[dict[str, str]], Report]) -> None:
    assert _severities(scan({"server.py": RECORDED, "operations.py": STORE}), "missing-tool-call-audit") == []


@pytest.mark.parametrize(
    ("parameters", "body", "severity"),
    [
        pytest.param("a: int, b: int", "return a + b", Severity.INFO, id="a sum"),
        pytest.param("a: int, b: int", "return kept.append(a) or b", Severity.MEDIUM, id="a call"),
        pytest.param("a: str, b: str", "return a + b", Severity.INFO, id="texts"),
    ],
)
def test_what_only_computes_changes_nothing(
    scan: Callable[[dict[str, str]], Report], parameters: str, body: str, severity: Severity
) -> None:
    program = COUNTING.replace("PARAMETERS", parameters).replace("BODY", body)

    assert _severities(scan({"server.py": program}), "missing-tool-call-audit") == [severity]
