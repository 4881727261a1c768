"""Arguments that a low-level server checks against its schemas before a handler runs."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
import sqlite3
from mcp.server.lowlevel import Server
from mcp.types import TextContent, Tool

app = Server("runs")
database = sqlite3.connect("runs.db")

@app.list_tools()
async def tools() -> list[Tool]:
    return [
        Tool(name="show", inputSchema={"type": "object", "properties": {"run": SCHEMA}, "required": ["run"]}),
    ]

def shown(run):
    return database.execute(f"SELECT name FROM runs_{run}").fetchall()

@app.call_tool(CHECKED)
async def call(name: str, arguments: dict) -> list[TextContent]:
    if name == "show":
        return [TextContent(type="text", text=str(shown(arguments["run"])))]
    raise ValueError(name)
"""


@pytest.mark.parametrize(
    ("schema", "checked", "found"),
    [
        ('{"type": "string"}', "", True),
        ('{"type": "integer"}', "", False),
        ('{"type": ["integer", "null"]}', "", False),
        ('{"type": ["integer", "string"]}', "", True),
        ('{"type": "string", "enum": ["first", "last"]}', "", False),
        ('{"type": "integer"}', "validate_input=False", True),
    ],
)
def test_an_argument_that_is_checked_to_be_no_text_completes_no_query(
    scan: Callable[[dict[str, str]], Report], schema: str, checked: str, found: bool
) -> None:
    report = scan({"server.py": SERVER.replace("SCHEMA", schema).replace("CHECKED", checked)})

    assert ("query-injection" in {finding.rule for finding in report.findings}) is found
