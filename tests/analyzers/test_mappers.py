"""Sessions of object mappers: a statement that is built does nothing, and a commit is about all that was sent."""

import pytest

from analyzers import analyze
from analyzers.finding import ToolRow
from tests.analyzers.programs import tree_of

SERVER = """
import os

from fastmcp import FastMCP
from fastmcp.server.auth.providers.jwt import JWTVerifier
from fastmcp.server.dependencies import get_access_token
from sqlalchemy import create_engine, select, update
from sqlalchemy.orm import sessionmaker
from sqlmodel import Session
from sqlmodel import select as selected

from models import Patient

engine = create_engine(os.environ["DATABASE_URL"])
Local = sessionmaker(bind=engine)
mcp = FastMCP("clinic", auth=JWTVerifier(jwks_uri="https://id.example/jwks", audience="clinic"))


def practice():
    return get_access_token().claims["practice"]


@mcp.tool
def act(number: int) -> str:
    BODY


mcp.run(transport="http")
"""
READING = {
    "scalars": "return Local().scalars(select(Patient).where(OWN)).one().name",
    "exec": "return Session(engine).exec(selected(Patient).where(OWN)).one().name",
    "query": "return Local().query(Patient).filter(OWN).one().name",
}
WRITING = {
    "update": "Local().execute(update(Patient).where(OWN).values(name='x'))",
    "changed": "session = Local(); session.scalars(select(Patient).where(OWN)).one().name = 'x'; session.commit()",
    "queried": "session = Local(); session.query(Patient).filter(OWN).one().name = 'x'; session.commit()",
}
OWN = "Patient.practice == practice(), Patient.id == number"


def _row_and_rules(body: str) -> tuple[ToolRow, set[str]]:
    report = analyze(tree_of({"server.py": SERVER.replace("BODY", body)}))
    (row,) = report.tools
    return row, {item.rule for item in report.findings}


@pytest.mark.parametrize("name", READING)
def test_reading_is_what_sends_the_statement(name: str) -> None:
    row, _ = _row_and_rules(READING[name].replace("OWN", OWN))

    assert (row.capabilities, row.credentials) == (("read-private",), ("DATABASE_URL",))


@pytest.mark.parametrize("name", WRITING)
def test_what_is_written_of_the_caller_alone_is_not_ambient(name: str) -> None:
    row, rules = _row_and_rules(WRITING[name].replace("OWN", OWN))
    _, without = _row_and_rules(WRITING[name].replace("OWN", "Patient.id == number"))

    assert ("write" in row.capabilities, row.credentials) == (True, ("DATABASE_URL",))
    assert "ambient-service-credential" in without - rules


def test_a_statement_that_is_only_built_does_nothing() -> None:
    row, _ = _row_and_rules(f"return str(update(Patient).where({OWN}).values(name='x'))")

    assert (set(row.capabilities) <= {"read-public"}, row.credentials) == (True, ())
