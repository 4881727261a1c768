"""Secrets in lines that are only written where someone asks for them."""

from collections.abc import Callable

import pytest

from analyzers import Report
from analyzers.finding import Severity

SERVER = """
import logging
import os
from fastmcp import FastMCP

log = logging.getLogger("shop")
mcp = FastMCP("shop")
DETAILED = bool(os.getenv("SHOP_LOG_ALL"))
API_KEY = os.getenv("SHOP_API_KEY")

@mcp.tool
def status() -> str:
    if ASKED:
        log.info("the key is %s", API_KEY)
    return "up"

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("asked", "severity"),
    [
        ("DETAILED", Severity.LOW),
        ("os.environ.get('SHOP_DEBUG')", Severity.LOW),
        ("os.getenv('SHOP_TELL', 'no') == 'yes'", Severity.LOW),
        ("API_KEY", Severity.HIGH),
        ("not DETAILED", Severity.HIGH),
    ],
)
def test_a_line_that_is_asked_for_tells_little(
    scan: Callable[[dict[str, str]], Report], asked: str, severity: Severity
) -> None:
    report = scan({"server.py": SERVER.replace("ASKED", asked)})

    assert [finding.severity for finding in report.findings if finding.rule == "secret-in-log"] == [severity]
