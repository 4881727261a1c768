"""What a web page may do to a server of the machine that starts a program of its own choice."""

import pytest

from analyzers import analyze
from analyzers.finding import Severity
from tests.analyzers.programs import tree_of

SERVER = """
import os
import subprocess
from fastmcp import FastMCP

mcp = FastMCP("desk")

@mcp.tool
def tidy(folder: str, word: str) -> str:
    return STARTED

mcp.run(transport="http", host="HOST")
"""
FIXED = 'subprocess.run(["make", "archive"], cwd=folder, capture_output=True, text=True).stdout'
WORDED = 'subprocess.run(["make", word], cwd=folder, capture_output=True, text=True).stdout'
WRITTEN = 'open(os.path.join("/srv/desk", os.path.basename(folder)), "w").write(word)'


@pytest.mark.parametrize(
    ("started", "host", "severity"),
    [
        (FIXED, "127.0.0.1", Severity.MEDIUM),
        (FIXED, "0.0.0.0", Severity.HIGH),
        (WORDED, "127.0.0.1", Severity.HIGH),
        (WRITTEN, "127.0.0.1", Severity.HIGH),
    ],
)
def test_a_fixed_program_is_less_than_one_that_callers_word(started: str, host: str, severity: Severity) -> None:
    text = SERVER.replace("STARTED", started).replace("HOST", host)
    report = analyze(tree_of({"server.py": text, "requirements.txt": "fastmcp==3.2.0"}))

    found = {finding.rule: finding.severity for finding in report.findings}
    assert found["origin-validation-off"] is severity
