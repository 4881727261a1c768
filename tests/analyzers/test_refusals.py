"""An answer that refuses a token holds none: to log it is a lesser thing, and a guess."""

import textwrap
from collections.abc import Callable

import pytest

from analyzers import Report
from analyzers.finding import Confidence, Severity

PROGRAM = """
import logging
import httpx
from fastmcp import FastMCP

log = logging.getLogger("shop")
mcp = FastMCP("shop")

@mcp.tool
def renew(code: str) -> str:
    answer = httpx.post("https://id.example/token", data={"grant_type": "authorization_code", "code": code})
BODY
    return "done"

mcp.run(transport="http")
"""
WRITTEN = "log.error('answered: %s', answer.text)"
ENTRIES = "log.error('answered: %s', data)"
REFUSED = (
    f"if answer.status_code != 200:\n    {WRITTEN}",
    f"if answer.status_code >= 400:\n    {WRITTEN}",
    f"if not answer.ok:\n    {WRITTEN}",
    f"if answer.is_error and code:\n    {WRITTEN}",
    f"if answer.status_code == 200:\n    return 'good'\n{WRITTEN}",
    f"if answer.is_success:\n    return 'good'\nelse:\n    {WRITTEN}",
    f"data = answer.json()\nif 'error' in data:\n    {ENTRIES}",
    f"data = answer.json()\nif 'error' not in data:\n    return 'good'\n{ENTRIES}",
)
GRANTED = (
    WRITTEN,
    "log.error('answered: %s', answer.text[:500])",
    f"if answer.status_code == 200:\n    {WRITTEN}",
    f"if answer.status_code < 400:\n    {WRITTEN}",
    f"if answer.ok or code:\n    {WRITTEN}",
    f"if answer.status_code != 200:\n    return 'bad'\n{WRITTEN}",
    f"if answer.status_code != 200:\n    log.warning('refused')\n{WRITTEN}",
    f"if not answer.ok or code:\n    {WRITTEN}",
    f"data = answer.json()\nif 'error' not in data:\n    {ENTRIES}",
    f"data = answer.json()\nif 'scope' in data:\n    {ENTRIES}",
)


def weight_of(scan: Callable[[dict[str, str]], Report], body: str) -> tuple[Severity, Confidence]:
    report = scan({"server.py": PROGRAM.replace("BODY", textwrap.indent(body, "    "))})
    (found,) = (finding for finding in report.findings if finding.rule == "secret-in-log")
    return found.severity, found.confidence


@pytest.mark.parametrize("body", REFUSED)
def test_a_refusal_in_a_log_is_of_little_weight(scan: Callable[[dict[str, str]], Report], body: str) -> None:
    # Issuers have repeated what they were sent in the answers to requests that they refused.
    assert weight_of(scan, body) == (Severity.LOW, Confidence.HIGH)


@pytest.mark.parametrize("body", GRANTED)
def test_any_other_answer_in_a_log_is_not(scan: Callable[[dict[str, str]], Report], body: str) -> None:
    assert weight_of(scan, body) == (Severity.MEDIUM, Confidence.HIGH)
