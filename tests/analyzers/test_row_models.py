"""Fields of rows of a database, which hold what they were made with."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
from pathlib import Path
from sqlmodel import Field, SQLModel
from fastmcp import FastMCP

mcp = FastMCP("mail")
ROOT = Path("/srv/mail")

class Agent(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    name: str
    program: str

def table_of(agent: Agent) -> dict:
    return {{"id": agent.id, "name": agent.name, "program": agent.program}}

def write(agent: dict) -> None:
    (ROOT / str(agent["{key}"]) / "profile.json").write_text("{{}}")

@mcp.tool
def enter(program: str) -> str:
    write(table_of(Agent(name="fixed", program=program)))
    return "ok"

mcp.run(transport="http")
"""


@pytest.mark.parametrize(("key", "found"), [("name", False), ("program", True)])
def test_a_field_of_a_row_is_what_it_was_made_with(
    scan: Callable[[dict[str, str]], Report], key: str, found: bool
) -> None:
    report = scan({"server.py": SERVER.format(key=key)})

    assert ("path-traversal" in {finding.rule for finding in report.findings}) is found
