"""What a part of a pragma of SQLite can do."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import sqlite3
from fastmcp import FastMCP

mcp = FastMCP("shop")
db = sqlite3.connect("shop.db")

@mcp.tool
def describe(table: str) -> list:
    return db.{call}(f"{query}").fetchall()

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("call", "query", "severity"),
    [
        pytest.param("execute", "PRAGMA table_info({table})", "INFO", id="a name in a question"),
        pytest.param("execute", "pragma main.foreign_key_list('{table}')", "INFO", id="with a schema"),
        pytest.param("executescript", "PRAGMA table_info({table})", "LOW", id="where more may follow"),
        pytest.param("execute", "PRAGMA {table}", "LOW", id="any pragma"),
        pytest.param("execute", "PRAGMA writable_schema({table})", "LOW", id="a setting"),
        pytest.param("execute", "SELECT * FROM {table}", "HIGH", id="a statement"),
    ],
)
def test_a_name_in_a_question_about_a_table_does_nothing_where_one_statement_is_taken(
    call: str, query: str, severity: str
) -> None:
    report = analyze(tree_of({"server.py": SERVER.format(call=call, query=query)}))

    assert [item.severity.name for item in report.findings if item.rule == "query-injection"] == [severity]
