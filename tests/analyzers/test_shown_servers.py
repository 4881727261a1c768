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
ASKED = 'httpx.get("https://weather.example/today")'
PLAIN, POSTED = "pass", 'httpx.post("https://orders.internal/", json={"a": a})'


@pytest.mark.parametrize(
    ("path", "work", "noted"),
    [
        ("examples/server.py", PLAIN, True),
        ("examples/server.py", ASKED, True),
        ("examples/server.py", POSTED, False),
        ("server.py", PLAIN, True),
        ("server.py", ASKED, False),
    ],
)
def test_an_example_is_noted(path: str, work: str, noted: bool) -> None:
    found = analyze(tree_of({path: PROGRAM.format(work=work)})).findings
    told = [one for one in found if one.rule in ("missing-tool-call-audit", "origin-validation-off")]

    assert len(told) == 2
    assert all((one.severity is Severity.INFO) is noted for one in told)
