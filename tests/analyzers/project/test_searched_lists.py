"""Low-level handlers that go through a list of tools until the name is met."""

import pytest

from analyzers.finding import Report
from analyzers.rule import py
from tests.analyzers.rules.test_rules import plain_files, report_on

RECORDS = """
import functools
import sqlite3
from dataclasses import dataclass
from typing import Callable
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server

server = Server("shop")
db = sqlite3.connect("shop.db")

@dataclass
class Command:
    name: str
    handler: Callable
    write: bool = False

def show(arguments):
    return db.execute("SELECT * FROM orders WHERE number = " + arguments["number"])

def cancel(arguments):
    return db.execute("DELETE FROM orders WHERE number = ?", [arguments["number"]])

COMMANDS = [Command(name="show_order", handler=show), Command("cancel_order", cancel, write=True)]
ALLOWED = [command for command in COMMANDS if not command.write or True]

def told(function):
    @functools.wraps(function)
    async def inner(*args):
        try:
            return await function(*args)
        except Exception as error:
            return [str(error)]
    return inner

@server.call_tool()
@told
async def handle(name: str, arguments: dict):
    {body}
"""
NEXT_MEMBER = """handler = next((item.handler for item in ALLOWED if item.name == name), None)
    return handler(arguments)"""
NEXT_RECORD = """found = next(item for item in ALLOWED if name == item.name)
    return found.handler(arguments)"""
LOOP = """for item in ALLOWED:
        if item.name == name:
            return item.handler(arguments)
    raise ValueError(name)"""
PAIRS = """for known, run in (("show_order", show), ("cancel_order", cancel)):
        if known == name:
            return run(arguments)
    raise ValueError(name)"""
OTHER = """for item in ALLOWED:
        if item.name == arguments["like"]:
            return item.handler(arguments)
    raise ValueError(name)"""


def report(body: str) -> Report:
    return report_on(plain_files(py(RECORDS.replace("{body}", body)).files))


@pytest.mark.parametrize("body", [NEXT_MEMBER, NEXT_RECORD, LOOP, PAIRS])
def test_each_item_of_a_searched_list_is_a_tool(body: str) -> None:
    tools = {tool.name: tool.capabilities for tool in report(body).tools}

    assert tools == {"show_order": ("read-private",), "cancel_order": ("destroy",)}


def test_what_an_item_writes_into_a_query_is_told_of_it() -> None:
    (finding,) = [item for item in report(NEXT_MEMBER).findings if item.rule == "query-injection"]

    assert [tool.rpartition(":")[2] for tool in finding.tools] == ["show_order"]


def test_what_is_put_around_the_handler_answers_for_every_item() -> None:
    (finding,) = [item for item in report(LOOP).findings if item.rule == "internal-error-to-model"]

    assert len(finding.tools) == 2


def test_a_list_that_is_searched_for_something_else_says_nothing_of_names() -> None:
    assert [tool.name for tool in report(OTHER).tools] == ["?"]
