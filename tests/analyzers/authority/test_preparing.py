"""What a program only does to get ready counts for no tool that reads, and all the same where a caller has a part."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

PROGRAM = """
import os
import sqlite3
import httpx
from pathlib import Path
from fastmcp import FastMCP

mcp = FastMCP("notes")
TABLE = sqlite3.connect("notes.db")

class Store:
    def __init__(self):
        Path(os.environ["DATA"]).mkdir(parents=True)

    def {name}(self, text):
        {work}

    def rows(self):
        return TABLE.execute("SELECT * FROM notes").fetchall()

def store(text):
    found = Store()
    found.{name}(text)
    return found

@mcp.tool
def {tool}(name: str) -> list:
    found = store(name)
    return {rest}

mcp.run(transport="http")
"""
INSERT = "TABLE.execute(\"INSERT INTO versions VALUES ('3')\")"
GIVEN = 'TABLE.execute("INSERT INTO names VALUES (?)", (text,))'
LOGIN = 'httpx.post("https://id.example/oauth/start", json={"key": os.environ["API_KEY"]})'
DROP = 'TABLE.execute("DROP TABLE old_notes")'


@pytest.mark.parametrize(
    ("name", "work", "tool", "rest", "gravest"),
    [
        pytest.param("ensure_ready", INSERT, "find_notes", "found.rows()", "read-private", id="made ready"),
        pytest.param("_run_migrations", DROP, "find_notes", "found.rows()", "read-private", id="brought up to date"),
        pytest.param("get_access_token", LOGIN, "find_notes", "found.rows()", "read-private", id="signed on"),
        pytest.param("ensure_ready", GIVEN, "find_notes", "found.rows()", "write", id="a caller has a part"),
        pytest.param("ensure_ready", DROP, "find_notes", "found.rows()", "destroy", id="something is deleted"),
        pytest.param("remember", INSERT, "find_notes", "found.rows()", "write", id="called otherwise"),
        pytest.param("ensure_ready", INSERT, "find_notes", "[]", "write", id="nothing beside"),
        pytest.param("ensure_ready", INSERT, "setup_notes", "found.rows()", "write", id="what the tool is for"),
    ],
)
def test_what_only_gets_ready_is_not_what_a_tool_does(name: str, work: str, tool: str, rest: str, gravest: str) -> None:
    program = PROGRAM.format(name=name, work=work, tool=tool, rest=rest)
    (row,) = analyze(tree_of({"server.py": program})).tools

    assert row.capabilities[0] == gravest
