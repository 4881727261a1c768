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
