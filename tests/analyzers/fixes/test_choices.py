"""Names of tables and columns, which cannot be bound, are refused where they are no plain names."""

import pytest

from analyzers import analyze
from analyzers.finding import Safety
from tests.analyzers.programs import fixed_by, tree_of

SERVER = """\
import sqlite3
from fastmcp import FastMCP

mcp = FastMCP("orders")


@mcp.tool
def rows({parameters}) -> list:
    return sqlite3.connect("shop.db").execute({query}).fetchall()


mcp.run(transport="http")
"""
NAME = r"[A-Za-z_][A-Za-z0-9_]*(?:[.-][A-Za-z0-9_]+)*"
CHECK = f'if {{name}} and not re.fullmatch(r"{NAME}", {{name}}):\n        raise ValueError("bad {{name}}")\n'


def patched(parameters: str, query: str) -> str | None:
    """Return a server with what is offered for its one query."""
    fix, changed = fixed_by({"server.py": SERVER.format(parameters=parameters, query=query)}, "query-injection")
    assert fix is None or fix.safety is Safety.REVIEW
    return changed.get("server.py")


@pytest.mark.parametrize(
    ("parameters", "query", "checked"),
    [
        ("table: str", 'f"SELECT * FROM {table}"', ["table"]),
        (
            "table_name: str, column: str | None = None",
            'f"SELECT {column} FROM {table_name}"',
            ["table_name", "column"],
        ),
    ],
)
def test_a_name_is_checked_where_the_tool_begins(parameters: str, query: str, checked: list[str]) -> None:
    text = patched(parameters, query)
    checks = "".join(f"    {CHECK.format(name=name)}" for name in checked)

    assert text is not None
    assert f"-> list:\n{checks}    return" in text
    assert "query-injection" not in {item.rule for item in analyze(tree_of({"server.py": text})).findings}


@pytest.mark.parametrize(
    ("parameters", "query"),
    [
        ("table: str, where: str", 'f"SELECT * FROM {table} WHERE {where}"'),
        ("columns: list[str]", 'f"SELECT {columns} FROM orders"'),
        ("columns: str", """f"SELECT {', '.join(columns.split(','))} FROM orders\""""),
    ],
)
def test_what_is_more_than_a_name_is_left_to_its_author(parameters: str, query: str) -> None:
    assert patched(parameters, query) is None
