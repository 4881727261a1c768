"""A statement that is built of expressions does what its verb says, and no argument is text of it."""

import pytest

from tests.analyzers.programs import flow_of, named

HEAD = """
from sqlalchemy import create_engine, delete, insert, select, text, update

engine = create_engine("sqlite:///app.db")

def run(statement):
    return engine.connect().execute(statement)

def act(table, column, value):
"""
CASES = {
    "update(table).where(table.c.id == value).values({column: value})": ("write", False),
    "insert(table).values(name=value)": ("write", False),
    "delete(table).where(table.c.id == value)": ("destroy", False),
    "select(table).where(table.c.id == value)": ("read-private", False),
    'select(table).where(text(f"{column} = 1"))': ("read-private", True),
    'text(f"SELECT {column} FROM orders")': ("read-private", True),
}


@pytest.mark.parametrize(("statement", "expected"), CASES.items(), ids=CASES)
def test_a_statement_of_expressions(statement: str, expected: tuple[str, bool]) -> None:
    flow = flow_of(HEAD + f"    return run({statement})\n")
    effects = [item for item in flow.summary(named(flow.program, "act")).effects if item.name.endswith("execute")]
    kind, written = expected
    operands = [operand for effect in effects for operand in effect.operands if operand.role == "query"]

    assert any(piece.labels for operand in operands for piece in operand.shape) == written
    assert written or {effect.kind for effect in effects} == {kind}
