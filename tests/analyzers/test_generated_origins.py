"""How grave it is that a server answers for any host whose tools are made of another application."""

import pytest

from analyzers import analyze
from analyzers.finding import Severity
from tests.analyzers.programs import tree_of

SERVER = """\
import httpx
from fastmcp import FastMCP
from orders import app

mcp = MADE

EXTRA

mcp.run(transport="http")
"""
TOOL = """
@mcp.tool
def delete_order(number: str) -> str:
    return httpx.delete(f"https://orders.internal/{number}").text
"""


@pytest.mark.parametrize(
    ("made", "extra", "severity"),
    [
        ('FastMCP.from_fastapi(app=app, name="orders")', "", Severity.MEDIUM),
        ('FastMCP.from_fastapi(app=app, name="orders")', TOOL, Severity.HIGH),
        ('FastMCP("orders")', TOOL, Severity.HIGH),
    ],
)
def test_what_is_not_in_sight_is_neither_the_worst_nor_the_least(made: str, extra: str, severity: Severity) -> None:
    text = SERVER.replace("MADE", made).replace("EXTRA", extra)
    (found,) = (item for item in analyze(tree_of({"server.py": text})).findings if item.rule == "origin-validation-off")
    assert found.severity is severity
