"""Names that a query found in the database: which queries and answers say so, and which do not."""

import pytest

from analyzers.authority.egress import BOUND, OPEN
from analyzers.authority.wholes import text_taints
from analyzers.engine import judge
from analyzers.flow.operands import QUERY
from tests.analyzers.programs import facts_of

PREAMBLE = """
import sqlite3
from mcp.server.fastmcp import FastMCP
mcp = FastMCP("shop")
db = sqlite3.connect("shop.db")

def found(query, values=()):
    cursor = db.cursor()
    cursor.execute(query, values)
    return list(cursor.fetchall())

async def found_later(query, values=()):
    return found(query, values)

def told(query, values=()):
    cursor = db.cursor()
    cursor.execute(query, values)
    return {"rows": cursor.fetchall()}

def changed(query, values=()):
    cursor = db.cursor()
    cursor.execute(query, values)
    cursor.execute("SELECT 1")
    return cursor.fetchall()

def columns(table):
    return [row[0] for row in found("SELECT c FROM columns WHERE t = ? AND c IS NOT NULL", (table,))]

def lazily(table):
    return (row[0] for row in found("SELECT c FROM columns WHERE t = ?", (table,)))
"""
NAMED = "SELECT name FROM tables WHERE name = ?"
CONDITIONS = {
    f'found("{NAMED}", (table,))': BOUND,
    f'found(values=[table], query="{NAMED}")': BOUND,
    "columns(table)": BOUND,
    f'db.execute("{NAMED}", (table,)).fetchone() is not None': BOUND,
    'found("SELECT t.name FROM tables t LEFT JOIN notes n ON n.id = t.id WHERE t.name = ?", (table,))': BOUND,
    'found("SELECT name FROM tables WHERE name = ? AND id NOT IN (SELECT id FROM gone)", (table,))': BOUND,
    'found("SELECT name FROM tables WHERE id = 1 AND name NOT IN (SELECT ?)", (table,))': OPEN,
    "lazily(table)": OPEN,
    f'found("{NAMED}", (table,)) is not None': OPEN,
    f'not found("{NAMED}", (table,))': OPEN,
    f'found_later("{NAMED}", (table,))': OPEN,
    f'told("{NAMED}", (table,))': OPEN,
    f'changed("{NAMED}", (table,))': OPEN,
    f'found("{NAMED}", (table[:4],))': OPEN,
    'found("SELECT name FROM tables WHERE name != ?", (table,))': OPEN,
    'found("SELECT name FROM tables WHERE name >= ?", (table,))': OPEN,
    'found("SELECT name FROM tables WHERE open OR name = ?", (table,))': OPEN,
    'found("SELECT name FROM tables WHERE NOT name = ?", (table,))': OPEN,
    'found("SELECT count(*) FROM tables WHERE name = ?", (table,))': OPEN,
    'found("SELECT name FROM tables LEFT JOIN notes ON note = ?", (table,))': OPEN,
    'db.execute("SELECT count(*) FROM tables WHERE name = ?", (table,)).fetchone()': OPEN,
    'found("SELECT 1 UNION SELECT name FROM tables WHERE name = ?", (table,))': OPEN,
}


@pytest.mark.parametrize(("condition", "state"), CONDITIONS.items())
def test_a_name_is_known_where_rows_are_found_that_are_equal_to_it(condition: str, state: str) -> None:
    program = (
        f"{PREAMBLE}\n@mcp.tool()\ndef listed(table: str) -> list:\n    if not ({condition}):\n        raise KeyError\n"
        '    return db.execute(f"SELECT * FROM {table}").fetchall()\nmcp.run("sse")\n'
    )
    rows = judge({"server.py": facts_of(program)}, ()).analysis.rows

    assert {taint.verdict.state for taint in text_taints(rows, QUERY)} == {state}
