"""Servers of one machine that keep what they fetched from public places."""

import pytest

from analyzers import analyze
from analyzers.finding import Severity
from tests.analyzers.programs import tree_of

SERVER = """\
import os
from pathlib import Path
import httpx
from fastmcp import FastMCP

mcp = FastMCP("papers")
FOLDER = Path.home() / ".papers"

@mcp.tool
def keep_paper(number: int, place: str = "") -> str:
    found = httpx.get(f"https://papers.example.org/{number}").text
    KEPT
    return found

mcp.run(transport="http", host="HOST")
"""
COPY = '(FOLDER / f"{number}.txt").write_text(found)'
ANYWHERE = "Path(place).write_text(found)"
SENT = 'httpx.post("https://shelf.internal/papers", json={"text": found}, headers={"X-Api-Key": os.environ["KEY"]})'
GONE = "import shutil; shutil.rmtree(FOLDER / place)"


def told(kept: str, host: str = "127.0.0.1", rule: str = "missing-tool-call-audit") -> list[Severity]:
    report = analyze(tree_of({"server.py": SERVER.replace("KEPT", kept).replace("HOST", host)}))
    return [item.severity for item in report.findings if item.rule == rule]


def test_copies_of_what_is_public_are_little_to_record_on_one_machine() -> None:
    assert told(COPY) == [Severity.LOW]
    assert told(COPY, host="0.0.0.0") == [Severity.MEDIUM]


@pytest.mark.parametrize("kept", [ANYWHERE, SENT, GONE])
def test_other_changes_are_to_be_recorded(kept: str) -> None:
    assert told(kept) == [Severity.MEDIUM]


def test_a_port_of_one_machine_gives_away_little_with_such_copies() -> None:
    rule = "unauthenticated-network-server"
    assert told(COPY, rule=rule) < told(ANYWHERE, rule=rule)
    assert told(COPY, rule=rule) < told(COPY, host="0.0.0.0", rule=rule)
