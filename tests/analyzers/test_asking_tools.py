"""Tools that are named for reading, and post what they ask for; what loggers that are off leave out; documents."""

from collections.abc import Callable

import pytest

from analyzers import Report
from analyzers.finding import Severity

POSTING = """
import httpx
from fastmcp import FastMCP

mcp = FastMCP("issues")

@mcp.tool
def NAME(key: str) -> str:
    return httpx.METHOD("https://issues.internal/ask", json={"key": key}).text

mcp.run(transport="http")
"""
LEVELS = """
import logging
import httpx
from fastmcp import FastMCP

logger = logging.getLogger("issues")
mcp = FastMCP("issues")

def note(event, **fields):
    if CONDITION:
        return
    if fields:
        logger.info("%s %s", event, fields)
    else:
        logger.info("%s", event)

@mcp.tool
def close_issue(key: str) -> str:
    note("close_issue", key=key)
    return httpx.delete("https://issues.internal/issues", params={"key": key}).text

mcp.run(transport="http")
"""
OPENED = """
from pathlib import Path
from fastmcp import FastMCP

mcp = FastMCP("notes")

@mcp.tool
def read(name: str) -> str:
    return (Path("/srv/notes") / f"{name}ENDING").read_text()

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("name", "method", "capability"),
    [
        ("get_issue_links", "post", "read-private"),
        ("search_issues", "post", "read-private"),
        ("get_or_create_issue", "post", "write"),
        ("get_issue", "put", "write"),
        ("assign_issue", "post", "write"),
    ],
)
def test_a_tool_that_is_named_for_reading_asks_by_what_it_posts(
    scan: Callable[[dict[str, str]], Report], name: str, method: str, capability: str
) -> None:
    report = scan({"server.py": POSTING.replace("NAME", name).replace("METHOD", method)})
    severity = {"read-private": Severity.LOW, "write": Severity.MEDIUM}[capability]

    assert [item.severity for item in report.findings if item.rule == "missing-tool-call-audit"] == [severity]


@pytest.mark.parametrize(
    ("condition", "severity"),
    [
        ("not logger.isEnabledFor(logging.INFO)", Severity.LOW),
        ("event in QUIET", Severity.MEDIUM),
    ],
)
def test_a_line_that_its_level_leaves_out_is_a_line(
    scan: Callable[[dict[str, str]], Report], condition: str, severity: Severity
) -> None:
    report = scan({"server.py": LEVELS.replace("CONDITION", condition)})

    assert [item.severity for item in report.findings if item.rule == "missing-tool-call-audit"] == [severity]


@pytest.mark.parametrize(
    ("ending", "severity"), [(".md", Severity.MEDIUM), (".json", Severity.HIGH), ("", Severity.HIGH)]
)
def test_documents_hold_less_than_other_files(
    scan: Callable[[dict[str, str]], Report], ending: str, severity: Severity
) -> None:
    report = scan({"server.py": OPENED.replace("ENDING", ending)})

    assert [item.severity for item in report.findings if item.rule == "path-traversal"] == [severity]
