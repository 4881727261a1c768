"""Statements that a hook asks about before a tool runs them."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import sqlglot
import snowflake.connector
from contextlib import asynccontextmanager
from fastmcp import FastMCP
from fastmcp.exceptions import ToolError
from fastmcp.server.middleware import Middleware

ALLOWED = {{"select", "show"}}

def kind(statement: str) -> tuple[str, bool]:
    name = type(sqlglot.parse_one(statement)).__name__.lower()
    valid = name in ALLOWED
    return name, valid

class Check(Middleware):
    async def on_call_tool(self, context, call_next):
        given = context.message.arguments
        if context.message.name == "{tool}":
            name, valid = "", True
            {test}
            if not valid:
                raise ToolError(f"{{name}} is not allowed")
        return await call_next(context)

def add_hooks(server: FastMCP) -> None:
    server.add_middleware(Check())

@asynccontextmanager
async def lifespan(server: FastMCP):
    add_hooks(server)
    yield

mcp = FastMCP("warehouse", lifespan=lifespan)

@mcp.tool
def query(statement: str) -> list:
    return snowflake.connector.connect().cursor().execute(statement).fetchall()

mcp.run(transport="http")
"""
ASKED = 'name, valid = kind(given.get("statement"))'


@pytest.mark.parametrize(
    ("tool", "test", "severity"),
    [
        pytest.param("query", ASKED, "MEDIUM", id="by what it says"),
        pytest.param("query", 'valid = "drop" not in given["statement"]', "MEDIUM", id="by a word in it"),
        pytest.param("query", 'valid = len(given["statement"]) < 2000', "HIGH", id="by its length"),
        pytest.param("query", 'valid = bool(given.get("statement"))', "HIGH", id="whether there is one"),
        pytest.param("query", 'name, valid = kind(given.get("title"))', "HIGH", id="another argument"),
        pytest.param("report", ASKED, "HIGH", id="of another tool"),
    ],
)
def test_a_statement_that_a_hook_asks_about_is_not_any_statement(tool: str, test: str, severity: str) -> None:
    report = analyze(tree_of({"server.py": SERVER.format(tool=tool, test=test)}))

    told = [item for item in report.findings if item.rule == "unbounded-capability-tool"]

    assert [item.severity.name for item in told] == [severity]
    assert any("a hook refuses" in step.note for step in told[0].evidence) == (severity == "MEDIUM")
