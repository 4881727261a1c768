"""Which queries say that a name exists, so that it may be written into another one, and which say nothing of it."""

from collections.abc import Callable

import pytest

from analyzers import Report
from analyzers.rule import py
from analyzers.rules.least_privilege.query_injection import QueryInjection
from tests.analyzers.rules.test_rules import marked, of_rule, plain_files, report_on

NAMES = py(
    """
    from fastmcp import FastMCP
    from store import Store

    mcp = FastMCP("shop")
    store = Store("dbname=shop")

    def columns(schema: str, table: str) -> list:
        query = '''SELECT column_name FROM information_schema.columns
            WHERE table_schema = %s AND table_name = %s AND column_name IS NOT NULL'''
        return [row[0] for row in store.rows(query, (schema, table))]

    @mcp.tool
    def existing(table: str) -> list:
        found = store.rows("SELECT name FROM tables WHERE name = %s", (table,))
        if not found:
            raise ValueError("no such table")
        return store.rows(f"SELECT * FROM {table}")

    @mcp.tool
    def described(table: str) -> list:
        if not columns("public", table):
            raise ValueError("no such table")
        return store.rows(f"SELECT * FROM {table}")

    @mcp.tool
    def other(table: str) -> list:
        if not store.rows("SELECT name FROM tables WHERE open OR name = %s", (table,)):
            raise ValueError("no such table")
        return store.rows(f"SELECT * FROM {table}")  # finding

    @mcp.tool
    def counted(table: str) -> list:
        if not store.rows("SELECT count(*) FROM tables WHERE name = %s", (table,)):
            raise ValueError("no such table")
        return store.rows(f"SELECT * FROM {table}")  # finding

    @mcp.tool
    def answered(table: str) -> list:
        if store.rows("SELECT name FROM tables WHERE name = %s", (table,)) is None:
            raise ValueError("no such table")
        return store.rows(f"SELECT * FROM {table}")  # finding

    @mcp.tool
    def one_way(table: str, condition: str = "") -> list:
        query = f"SELECT * FROM {table} WHERE {condition}"
        if not condition:
            if not columns("public", table):
                raise ValueError("no such table")
            query = f"SELECT * FROM {table}"
        return store.rows(query)  # finding

    mcp.run(transport="http")
""",
    store="""
    import psycopg

    class Store:
        def __init__(self, address):
            self.connection = psycopg.connect(address)

        def rows(self, query, values=None):
            cursor = self.connection.cursor()
            if values:
                cursor.execute(query, values)
            else:
                cursor.execute(query)
            if cursor.description:
                return list(cursor.fetchall())
            return []
""",
)


def test_a_name_for_which_a_query_finds_rows_is_one_that_exists() -> None:
    found = of_rule(report_on(plain_files(NAMES.files)), QueryInjection())

    assert {(item.location.side, item.location.path, item.location.line) for item in found} == marked(NAMES)


COLUMNS = py(
    """
    import sqlite3
    from fastmcp import FastMCP

    mcp = FastMCP("notes")
    db = sqlite3.connect("notes.db")

    @mcp.tool
    def written(title: str, text: str) -> None:
        row = {"title": title, "text": text}
        db.execute(f"INSERT INTO notes ({', '.join(row)}) VALUES (?, ?)", list(row.values()))

    @mcp.tool
    def copied(note: str, text: str) -> None:
        row = dict(db.execute("SELECT * FROM notes WHERE id = ?", (note,)).fetchone())
        row["text"] = text
        names = list(row.keys())
        db.execute(f"INSERT INTO notes ({', '.join(names)}) VALUES (?, ?)", [row[name] for name in names])

    @mcp.tool
    def changed(note: str, title: str | None, text: str | None) -> None:
        changes = {}
        if title:
            changes["title"] = title
        if text:
            changes.update({"text": text})
        assigned = ", ".join(f"{name} = ?" for name, _ in changes.items())
        db.execute(f"UPDATE notes SET {assigned} WHERE id = ?", [*changes.values(), note])

    def completed(fields: dict) -> dict:
        row = dict(fields)
        row["at"] = "now"
        return row

    def set_columns(note: str, **fields: str) -> None:
        fields = completed(fields)
        assigned = ", ".join(f"{name} = ?" for name in fields)
        db.execute(f"UPDATE notes SET {assigned} WHERE id = ?", [*fields.values(), note])

    def set_any(note: str, **fields: str) -> None:
        assigned = ", ".join(f"{name} = ?" for name in fields)
        db.execute(f"UPDATE notes SET {assigned} WHERE id = ?", [*fields.values(), note])  # finding

    @mcp.tool
    def keywords(note: str, text: str) -> None:
        set_columns(note, text=text)

    @mcp.tool
    def whatever(note: str, fields: dict[str, str]) -> None:
        set_any(note, **fields)

    @mcp.tool
    def values(title: str) -> None:
        row = {"title": title}
        db.execute(f"INSERT INTO notes (title) VALUES ('{', '.join(row.values())}')")  # finding

    @mcp.tool
    def named(field: str, text: str) -> None:
        row = {}
        row[field] = text
        db.execute(f"INSERT INTO notes ({', '.join(row.keys())}) VALUES (?)", list(row.values()))  # finding

    @mcp.tool
    def merged(fields: dict[str, str]) -> None:
        row = {"title": "", **fields}
        names = ", ".join(name for name in row)
        db.execute(f"INSERT INTO notes ({names}) VALUES (?)", list(row.values()))  # finding

    @mcp.tool
    def given(fields: dict[str, str]) -> None:
        row = dict(fields)
        db.execute(f"INSERT INTO notes ({', '.join(sorted(row))}) VALUES (?)", list(row.values()))  # finding

    mcp.run(transport="http")
    """
)


def test_the_keys_of_a_table_say_nothing_of_what_is_stored_under_them() -> None:
    found = of_rule(report_on(plain_files(COLUMNS.files)), QueryInjection())

    assert {(item.location.side, item.location.path, item.location.line) for item in found} == marked(COLUMNS)


ASKED_FIRST = """
import asyncio
from google.cloud import bigquery
from fastmcp import FastMCP

mcp = FastMCP("shop")
client = bigquery.Client()

@mcp.tool
async def sample(table: str, column: str) -> list:
    FIRST
    return list(client.query(f"SELECT COLUMN FROM `{table}` LIMIT 5").result())

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("first", "column", "found"),
    [
        pytest.param("client.get_table(table)", "*", False, id="asked for"),
        pytest.param("await asyncio.to_thread(client.get_table, table)", "*", False, id="asked for in a thread"),
        pytest.param("client.get_table(table)", "{column}", True, id="another name"),
        pytest.param("client.list_tables(table)", "*", True, id="no single one"),
        pytest.param("pass", "*", True, id="not asked for"),
    ],
)
def test_a_name_that_the_service_was_asked_for_exists(
    scan: Callable[[dict[str, str]], Report], first: str, column: str, found: bool
) -> None:
    report = scan({"server.py": ASKED_FIRST.replace("FIRST", first).replace("COLUMN", column)})

    assert ("query-injection" in {finding.rule for finding in report.findings}) is found


BUILT = """
import psycopg
import sqlalchemy as sa
from psycopg import sql
from sqlalchemy.orm import Session, sessionmaker
from fastmcp import FastMCP

mcp = FastMCP("shop")
users = sa.table("users", sa.column("id"), sa.column("name"))
make = sessionmaker(bind=sa.create_engine("sqlite:///shop.db"))

@mcp.tool
def find(name: str) -> list:
    with make() as session, psycopg.connect("dbname=shop") as connection:
        return list({asked})

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ('connection.execute(sql.SQL("SELECT id FROM {}").format(sql.Identifier(name)))', False),
        ('connection.execute(sql.SQL("SELECT id FROM users WHERE name = {}").format(sql.Literal(name)))', False),
        ('connection.execute(sql.SQL("SELECT id FROM {}").format(sql.SQL(name)))', True),
        ("session.execute(sa.select(users.c.id).where(users.c.name == name))", False),
        ('session.execute(sa.select(users.c.id).where(sa.text("name = :name")), {"name": name})', False),
        ("session.execute(sa.select(users.c.id).where(sa.text(f\"name = '{name}'\")))", True),
    ],
)
def test_texts_among_expressions_are_parts_of_the_query(
    scan: Callable[[dict[str, str]], Report], asked: str, found: bool
) -> None:
    report = scan({"server.py": BUILT.replace("{asked}", asked)})

    assert ("query-injection" in {finding.rule for finding in report.findings}) is found


@pytest.mark.parametrize(
    ("guard", "severity"),
    [
        pytest.param("pass", "INFO", id="any statement"),
        pytest.param(
            'if not statement.startswith("SELECT"):\n        raise ValueError()', "HIGH", id="some statements alone"
        ),
        pytest.param('if statement not in ("SELECT 1", "SELECT 2"):\n        raise ValueError()', "HIGH", id="a list"),
    ],
)
def test_a_part_of_a_query_gives_nothing_more_to_who_may_send_any(
    scan: Callable[[dict[str, str]], Report], guard: str, severity: str
) -> None:
    server = f"""
import sqlite3
from fastmcp import FastMCP

mcp = FastMCP("sessions")

@mcp.tool
def ask(statement: str, column: str) -> list:
    cursor = sqlite3.connect("/srv/sessions.db").cursor()
    cursor.execute(f"CREATE TABLE rows ({{column}} TEXT)")
    {guard}
    return cursor.execute(statement).fetchall()

mcp.run(transport="http")
"""
    report = scan({"server.py": server})

    assert [item.severity.name for item in report.findings if item.rule == "query-injection"] == [severity]


MISSING = """
import sqlite3
from fastmcp import FastMCP

mcp = FastMCP("columns")

def check(table, *columns):
    cursor = sqlite3.connect("/srv/data.db").cursor()
    known = {row[1] for row in cursor.execute("PRAGMA table_info(data)").fetchall()}
    missing = [column for column in columns if CONDITION]
    if missing:
        raise ValueError(missing)

@mcp.tool
def read(column: str, other: str) -> list:
    check("data", CHECKED)
    return sqlite3.connect("/srv/data.db").cursor().execute(f"SELECT {column} FROM data").fetchall()

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("condition", "checked", "found"),
    [
        ("column not in known", "column", False),
        ("column and column not in known", "column, other", False),
        ("column and column not in known", "*[column]", False),
        ("column and column not in known", "other", True),
        ("column in known", "column", True),
        ("column and column in known", "column", True),
        ("known and column not in known", "column", True),
    ],
)
def test_none_of_a_list_is_missing(
    scan: Callable[[dict[str, str]], Report], condition: str, checked: str, found: bool
) -> None:
    report = scan({"server.py": MISSING.replace("CONDITION", condition).replace("CHECKED", checked)})

    assert ("query-injection" in {finding.rule for finding in report.findings}) is found


MOGRIFIED = """
import os
import psycopg2
from fastmcp import FastMCP

mcp = FastMCP("shop")

@mcp.tool
def rows(sql: str, value: str) -> list:
    with psycopg2.connect(os.environ["DSN"]).cursor() as cursor:
        text = cursor.mogrify(TEXT, (value,)).decode("utf-8") if value else TEXT
        cursor.execute(text)
        return cursor.fetchall()

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("sql", ["unbounded-capability-tool"]),
        ('"SELECT * FROM orders WHERE id = %s"', []),
        ('f"SELECT * FROM {sql} WHERE id = %s"', ["query-injection"]),
    ],
)
def test_a_text_with_bound_values_is_sent_where_it_is_executed(
    scan: Callable[[dict[str, str]], Report], text: str, rules: list[str]
) -> None:
    report = scan({"server.py": MOGRIFIED.replace("TEXT", text)})
    found = [item for item in report.findings if item.rule in ("query-injection", "unbounded-capability-tool")]

    assert [(item.rule, item.location.span.start.line) for item in found] == [(rule, 12) for rule in rules]
