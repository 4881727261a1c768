"""Statements that are built step by step: what is bound in them is no text, and texts among them stay what they are."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
from fastmcp import FastMCP
from sqlalchemy import select, text, tuple_
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

from models import Note
from statements import begun

mcp = FastMCP("notes")
Session = async_sessionmaker(create_async_engine("postgresql://notes"))


def after(statement, word, first):
    if first is not None:
        statement = statement.where(tuple_(Note.word, Note.id) > tuple_(word, first))
    return statement.order_by(Note.word)


def among(statement, words):
    for word in words:
        statement = statement.where(Note.word != word)
    return statement


@mcp.tool
async def notes(word: str, first: int) -> list:
    async with Session() as session:
        return (await session.execute(STATEMENT)).scalars().all()


mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("statement", "does"),
    [
        ("Note.__table__.insert().values(word=word)", "write"),
        ("Note.__table__.update().where(Note.id == first).values(word=word)", "write"),
        ("Note.__table__.delete().where(Note.word == word)", "destroy"),
        ("Note.__table__.select().where(Note.word == word).limit(first)", "read-private"),
        ("after(select(Note), word, first)", "read-private"),
        ("after(Note.__table__.select(), word, first).limit(first + 1)", "read-private"),
        ("among(select(Note), word.split())", "read-private"),
        ("among(Note.__table__.delete(), word.split())", "destroy"),
        ("begun().where((Note.word == word) & (Note.id > first))", "read-private"),
        ('text("SELECT * FROM notes WHERE word = :word").bindparams(word=word)', "read-private"),
        ('text("DELETE FROM notes WHERE word = :word").bindparams(word=word)', "destroy"),
    ],
)
def test_what_is_bound_does_no_more_than_the_statement(
    scan: Callable[[dict[str, str]], Report], statement: str, does: str
) -> None:
    report = _scanned(scan, statement)
    (row,) = report.tools
    assert row.capabilities == (does,)
    assert _rules(report).isdisjoint({"query-injection", "unbounded-capability-tool"})


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("text(f\"SELECT * FROM notes WHERE word = '{word}'\").bindparams(first=first)", "query-injection"),
        ("Note.__table__.select().where(text(f\"word = '{word}'\"))", "query-injection"),
        ("after(text(f\"SELECT * FROM notes WHERE word = '{word}'\"), word, first)", "query-injection"),
        ("among(text(f\"SELECT * FROM notes WHERE word = '{word}'\"), [])", "query-injection"),
        ("text(word).bindparams(first=first)", "unbounded-capability-tool"),
    ],
)
def test_a_text_among_what_is_built_is_told(
    scan: Callable[[dict[str, str]], Report], statement: str, rule: str
) -> None:
    assert rule in _rules(_scanned(scan, statement))


def test_a_condition_that_is_written_as_text_may_be_anything(scan: Callable[[dict[str, str]], Report]) -> None:
    (row,) = _scanned(scan, "begun().where(f\"word = '{word}'\")").tools
    assert "exec" in row.capabilities


def _scanned(scan: Callable[[dict[str, str]], Report], statement: str) -> Report:
    return scan({"server.py": SERVER.replace("STATEMENT", statement)})


def _rules(report: Report) -> set[str]:
    return {finding.rule for finding in report.findings}
