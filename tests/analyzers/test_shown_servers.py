"""Examples that have nothing to protect, and servers that only compute, are noted, no more."""

import pytest

from analyzers import analyze
from analyzers.finding import Severity
from tests.analyzers.programs import tree_of

PROGRAM = """
import httpx
from fastmcp import FastMCP

mcp = FastMCP("shown")

@mcp.tool
def add(a: int, b: int) -> int:
    {work}
    return a + b

mcp.run(transport="http", host="127.0.0.1")
"""
AUDIT, ORIGIN = "missing-tool-call-audit", "origin-validation-off"
ASKED = 'httpx.get("https://weather.example/today")'
WITHIN = 'httpx.get("https://weather.internal/today")'
PLAIN, POSTED = "pass", 'httpx.post("https://orders.internal/", json={"a": a})'


@pytest.mark.parametrize(
    ("path", "work", "noted"),
    [
        ("examples/server.py", PLAIN, {AUDIT, ORIGIN}),
        ("examples/server.py", ASKED, {AUDIT, ORIGIN}),
        ("examples/server.py", POSTED, set()),
        ("server.py", PLAIN, {AUDIT, ORIGIN}),
        ("server.py", ASKED, {AUDIT, ORIGIN}),
        ("server.py", WITHIN, {AUDIT}),
    ],
)
def test_an_example_is_noted(path: str, work: str, noted: set[str]) -> None:
    found = analyze(tree_of({path: PROGRAM.format(work=work)})).findings
    told = [one for one in found if one.rule in (AUDIT, ORIGIN)]

    assert len(told) == 2
    assert {one.rule for one in told if one.severity is Severity.INFO} == noted
