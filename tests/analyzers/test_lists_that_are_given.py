"""What a function found in a list that it was given: bound where no caller of the program has a part in the list."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
from dataclasses import dataclass
from pathlib import Path
from fastmcp import FastMCP
from store import branches

mcp = FastMCP("docs")
ROOT = Path("/srv/docs")
KNOWN = branches()

@dataclass(frozen=True)
class Resolved:
    requested: str
    branch: str
    snapped: bool

def kept(name, known):
    return name if name in known else "master"

def snapped(name, known):
    if name in known:
        return name, False
    parts = name.split(".")
    short = f"{parts[0]}.{parts[1]}"
    if short in known:
        return short, True
    return known[-1], True

def loose(name, known):
    if name in known:
        return name, False
    return name.lower(), True

def resolved(name, known):
    branch, changed = snapped(name, known)
    return Resolved(name, branch, changed)

@mcp.tool
def read(version: str, allowed: list[str]) -> str:
    return (ROOT / (FOLDER) / "index.md").read_text()

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("folder", "found"),
    [
        pytest.param("kept(version, KNOWN)", False, id="a choice"),
        pytest.param("snapped(version, KNOWN)[0]", False, id="an index"),
        pytest.param("resolved(version, KNOWN).branch", False, id="a component, kept in a field"),
        pytest.param("resolved(version, KNOWN).requested", True, id="the field with what was asked"),
        pytest.param("kept(version, allowed)", True, id="a list that the caller gives"),
        pytest.param("kept(version, [version])", True, id="a list that holds what the caller gives"),
        pytest.param("loose(version, KNOWN)", True, id="one way that checks nothing"),
        pytest.param("(lambda pair: pair)(loose(version, KNOWN))", True, id="handed on"),
    ],
)
def test_a_member_of_a_list_is_one_wherever_it_is_handed(
    scan: Callable[[dict[str, str]], Report], folder: str, found: bool
) -> None:
    report = scan({"server.py": SERVER.replace("FOLDER", folder)})

    assert ("path-traversal" in {finding.rule for finding in report.findings}) is found


PATTERNS = """
import re
import rules
from pathlib import Path
from fastmcp import FastMCP

mcp = FastMCP("docs")
ROOT = Path("/srv/docs")

class Names:
    SAFE = re.compile(r"^[a-zA-Z0-9_-]+$")
    LOOSE = re.compile(r"^[a-zA-Z0-9_/.-]+$")

    def __init__(self, own):
        self.own = re.compile(own)

    def clean(self, name):
        if not PATTERN.match(name):
            raise ValueError(name)
        return name

@mcp.tool
def read(name: str) -> str:
    return (ROOT / Names("[a-z]+$").clean(name)).read_text()

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("self.SAFE", False),
        ("Names.SAFE", False),
        ("rules.SAFE", False),
        ("self.LOOSE", True),
        ("rules.LOOSE", True),
        ("self.own", False),
        ("self.UNKNOWN", True),
    ],
)
def test_a_pattern_is_found_where_it_is_kept(
    scan: Callable[[dict[str, str]], Report], pattern: str, found: bool
) -> None:
    kept = "import re\nSAFE = re.compile('^[a-z]+$')\nLOOSE = re.compile('^[a-z./]+$')\n"
    report = scan({"server.py": PATTERNS.replace("PATTERN.match", f"{pattern}.match"), "rules.py": kept})

    assert ("path-traversal" in {finding.rule for finding in report.findings}) is found


NUMBERS = """
import sqlite3
from datetime import date
from typing import Any
from fastmcp import FastMCP

mcp = FastMCP("days")

@mcp.tool
def read(day: Any) -> list:
    part = day
    BODY
    return sqlite3.connect("/srv/days.db").execute(f"SELECT * FROM days WHERE day = {part}").fetchall()

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("if not isinstance(day, int):\n        raise ValueError(day)", False),
        ("if not isinstance(day, (int, date)):\n        raise ValueError(day)", False),
        ("if not isinstance(day, (int, str)):\n        raise ValueError(day)", True),
        ("if isinstance(day, int):\n        raise ValueError(day)", True),
        ("part = list(map(int, day.split('-')))[0]", False),
        ("part = list(map(str.strip, day.split('-')))[0]", True),
    ],
)
def test_a_number_is_no_text(scan: Callable[[dict[str, str]], Report], body: str, found: bool) -> None:
    report = scan({"server.py": NUMBERS.replace("BODY", body)})

    assert ("query-injection" in {finding.rule for finding in report.findings}) is found
