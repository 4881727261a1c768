"""What is said of checks that refuse separators, which have no other spelling, and of those that refuse words."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """\
import sqlite3
from fastmcp import FastMCP

mcp = FastMCP("stock")
database = sqlite3.connect("stock.db")

@mcp.tool
def count(name: str) -> list:
    if REFUSED in name:
        raise ValueError("refused")
    return database.execute(f"SELECT count(*) FROM items WHERE name = '{name}'").fetchall()

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("refused", "said"),
    [
        ("';'", "some separators are refused, and not the others that change how it is read."),
        ("'drop'", "a list of forbidden words or characters misses other ways to say it."),
    ],
)
def test_a_separator_has_no_other_spelling(refused: str, said: str) -> None:
    report = analyze(tree_of({"server.py": SERVER.replace("REFUSED", refused)}))
    (found,) = [item for item in report.findings if item.rule == "query-injection"]

    assert found.message.endswith(said)
