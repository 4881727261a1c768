"""What a tool compares with that the function around it was given: the program's own, unless callers give it."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import sqlite3
from fastmcp import FastMCP
from catalogue import load

mcp = FastMCP("finance")
client = sqlite3.connect("finance.db")
catalogue = load("catalogue.yaml")

def register(mcp, ref):
    @mcp.tool()
    def search(dimension: str, query: str) -> list:
        known = {} if query == "" else LISTED
        if dimension in known:
            known = {dimension: known[dimension]}
        found = []
        for name in CHOSEN:
            found += client.execute(f"SELECT name FROM dim_{name} WHERE name = ?", (query,)).fetchall()
        return found

    return search

@mcp.tool()
def within(allowed: list, dimension: str) -> list:
    def rows() -> list:
        if dimension not in allowed:
            return []
        return client.execute(f"SELECT name FROM dim_{dimension}").fetchall()

    return NESTED

REGISTERED
mcp.run(transport="http")
"""
GIVEN = "register(mcp, catalogue)"
THROUGH = "def register_all(mcp, ref):\n    register(mcp, ref)\n"


@pytest.mark.parametrize(
    ("listed", "chosen", "nested", "registered", "is_told"),
    [
        ("ref.dimensions", "known", "[]", GIVEN, False),
        ("ref.dimensions", "known", "[]", f"{THROUGH}register_all(mcp, catalogue)", False),
        ("ref.dimensions", "[dimension]", "[]", GIVEN, True),
        ("{query: 1}", "known", "[]", GIVEN, True),
        ("ref.dimensions", "known", "rows()", GIVEN, True),
    ],
)
def test_what_tools_are_registered_with_is_the_programs(
    listed: str, chosen: str, nested: str, registered: str, is_told: bool
) -> None:
    text = SERVER.replace("LISTED", listed).replace("CHOSEN", chosen).replace("NESTED", nested)
    findings = analyze(tree_of({"server.py": text.replace("REGISTERED", registered)})).findings
    assert ("query-injection" in {found.rule for found in findings}) == is_told
