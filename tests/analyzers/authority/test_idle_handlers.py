"""What a tool is called says nothing of one that surely only computes."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

PROGRAM = """
import json
import math
import os
from datetime import date, timedelta
from fastmcp import FastMCP
from elsewhere import Logger, save

log = Logger(service="sums")
mcp = FastMCP("sums")
KEPT = {{}}

def plain(number: float) -> float:
    return math.floor(number)

@mcp.tool
def add(a: float, b: float) -> str:
    {body}

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("body", "gravest"),
    [
        ("return json.dumps(plain(a + b))", "read-public"),
        ('print(f"{a}")\n    return str(round(a + b))', "read-public"),
        ("return (date.fromisoformat(a) + timedelta(days=b)).isoformat()", "read-public"),
        ("rows = []\n    rows.append(a)\n    rows[0] = b\n    return str(rows)", "read-public"),
        ('log.info("adding", extra={{"a": a}})\n    return str(a + b)', "read-public"),
        ("return str([key.title() for key, kept in a.items()])", "read-public"),
        ("return str([part.strip() for line in a.split(',')[:10] for part in line.split(';')])", "read-public"),
        ("return str([part.dispatch() for part in a.items()])", "write"),
        ("return str([part.strip() for part in KEPT['parts']])", "write"),
        ("return save(a, b)", "write"),
        ("return (save(a) or b).dump()", "write"),
        ('KEPT["last"] = a\n    return "kept"', "write"),
        ('KEPT.update(last=a)\n    return "kept"', "write"),
    ],
)
def test_a_name_speaks_where_something_is_not_known(body: str, gravest: str) -> None:
    (row,) = analyze(tree_of({"server.py": PROGRAM.format(body=body)})).tools

    assert row.capabilities[0] == gravest


PRIVATE = """
from fastmcp import FastMCP

mcp = FastMCP("users")
USERS = {{"1": {{"name": "Ann", "born": "1970-01-01"}}}}

@mcp.tool
def {name}(user: str) -> dict:
    return USERS.get(user, {{}})

mcp.run(transport="http")
"""


@pytest.mark.parametrize(("name", "gravest"), [("get_user", "read-private"), ("update_user", "read-private")])
def test_what_is_read_may_be_private_whatever_is_called(name: str, gravest: str) -> None:
    (row,) = analyze(tree_of({"server.py": PRIVATE.format(name=name)})).tools

    assert row.capabilities[0] == gravest


MOCKED = """
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.types import TextContent
from elsewhere import read

server = Server("mock")
LOGS = ["started"]

@server.call_tool()
async def call(name: str, arguments: dict) -> list[TextContent]:
    if name == "get_logs":
        query = arguments.get("query", "").lower()
        return [TextContent(type="text", text={text})]
    return [TextContent(type="text", text=f"unknown: {{name}}")]

manager = StreamableHTTPSessionManager(app=server)
"""


@pytest.mark.parametrize(
    ("text", "gravest"),
    [('f"logs for {query}"', "read-public"), ("LOGS[0]", "read-private"), ("read(query)", "read-private")],
)
def test_a_dispatcher_that_only_computes_reads_nothing_private(text: str, gravest: str) -> None:
    (row,) = [row for row in analyze(tree_of({"server.py": MOCKED.format(text=text)})).tools if row.name == "get_logs"]

    assert row.capabilities[0] == gravest


HELD = """
from fastmcp import FastMCP
from elsewhere import archive

mcp = FastMCP("todos")
TODOS = {{}}

@mcp.tool
def delete_todo(number: int) -> str:
    {body}
    return "deleted"

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("body", "gravest"),
    [
        pytest.param("TODOS.pop(number)", "write", id="an entry of a table in memory"),
        pytest.param("TODOS[number] = None", "write", id="an entry that is set to nothing"),
        pytest.param("archive.delete(number)", "destroy", id="something else"),
        pytest.param("archive[number] = None", "destroy", id="a table that is not in sight"),
    ],
)
def test_what_is_only_held_in_memory_is_not_destroyed(body: str, gravest: str) -> None:
    (row,) = analyze(tree_of({"server.py": HELD.format(body=body)})).tools

    assert row.capabilities[0] == gravest
