"""Queries that one tool writes the same arguments into, in several functions by way of one that sends them."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """\
import sqlite3
from fastmcp import FastMCP

mcp = FastMCP("stock")
database = sqlite3.connect("stock.db")

def send(text: str) -> list:
    return database.execute(text).fetchall()

def make_shelf(shelf: str) -> None:
    send(f"CREATE TABLE IF NOT EXISTS {shelf} (name TEXT)")

def read_shelf(shelf: str, field: str) -> list:
    return send(f"SELECT {field} FROM {shelf}")

@mcp.tool
def shelf(shelf: str, field: str) -> list:
    make_shelf(shelf)
    return READ

@mcp.tool
def count(name: str) -> list:
    return send(f"SELECT count(*) FROM {name}")

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("read", "places"),
    [
        ("read_shelf(shelf, field)", [{"count"}, {"shelf"}]),
        ('read_shelf("all", field)', [{"count"}, {"shelf"}, {"shelf"}]),
    ],
)
def test_arguments_that_reach_several_queries_are_told_once(read: str, places: list[set[str]]) -> None:
    report = analyze(tree_of({"server.py": SERVER.replace("READ", read)}))
    found = [item for item in report.findings if item.rule == "query-injection"]

    assert sorted(({tool.rpartition(":")[2] for tool in item.tools} for item in found), key=sorted) == places


def test_the_other_places_are_listed() -> None:
    report = analyze(tree_of({"server.py": SERVER.replace("READ", "read_shelf(shelf, field)")}))
    (found,) = [item for item in report.findings if item.rule == "query-injection" and "`shelf`" in item.message]

    assert "`shelf` and `field` into" in found.message
    assert "likewise in `make_shelf`" in [step.note for step in found.evidence]
