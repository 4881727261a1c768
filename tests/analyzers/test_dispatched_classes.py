"""Calls that a table of classes dispatches: an object is made for each, and one of its methods runs the tool."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
import subprocess
from abc import ABC, abstractmethod
from mcp import types
from mcp.server import Server

server = Server("graph")


class Handler(ABC):
    def __init__(self, client):
        self.client = client

    @abstractmethod
    def execute(self, arguments): ...


class Find(Handler):
    def execute(self, arguments):
        return subprocess.run(f"find {{arguments['name']}}", shell=True, capture_output=True, text=True).stdout


class Count(Handler):
    def execute(self, arguments):
        return str(len(arguments["names"]))


class Registry:
    _handlers = {{"find": Find, "count": Count}}

    @classmethod
    def get(cls, name, client) -> Handler:
        found = cls._handlers.get(name)
        if found is None:
            raise ValueError(name)
        return found(client)


@server.list_tools()
async def tools():
    return [types.Tool(name="find", inputSchema={{}}), types.Tool(name="count", inputSchema={{}})]


@server.call_tool()
async def call(name, arguments):
    client = object()
    {dispatch}
    return [types.TextContent(type="text", text=text)]
"""


@pytest.mark.parametrize(
    "dispatch",
    [
        "text = Registry.get(name, client).execute(arguments)",
        "handler = Registry.get(name, client)\n    text = handler.execute(arguments or {})",
        "text = Registry._handlers[name](client).execute(arguments)",
        "made = Registry._handlers.get(name)\n    handler = made(client)\n    text = handler.execute(arguments)",
    ],
)
def test_each_tool_does_what_the_method_of_its_class_does(
    scan: Callable[[dict[str, str]], Report], dispatch: str
) -> None:
    report = scan({"server.py": SERVER.format(dispatch=dispatch)})

    assert {row.name: row.capabilities[0] for row in report.tools} == {"find": "exec", "count": "read-public"}
    (told,) = [item for item in report.findings if item.rule == "command-injection"]
    assert [tool.rpartition(":")[2] for tool in told.tools] == ["find"]


RECORDS = """
from dataclasses import dataclass
from typing import Callable
from mcp import types
from mcp.server import Server

server = Server("graph")


@dataclass
class Record:
    name: str
    handler: Callable
    is_json: bool


class Tools:
    def __init__(self):
        self._tools = {
            "find": Record(name="find", handler=self.find, is_json=True),
            "count": Record(name="count", handler=self.count, is_json=False),
        }

    async def find(self, name): ...

    async def count(self, names): ...

    def handler_of(self, name):
        found = self._tools.get(name)
        return None if found is None else (found.handler, found.is_json)


tools = Tools()


@server.call_tool()
async def call(name, arguments):
    found = tools.handler_of(name)
    if not found:
        raise ValueError(name)
    handler, is_json = found
    return [types.TextContent(type="text", text=str(await handler(**arguments)))]
"""


def test_tools_keep_their_names_where_a_record_is_taken_apart(scan: Callable[[dict[str, str]], Report]) -> None:
    assert {row.name for row in scan({"server.py": RECORDS}).tools} == {"find", "count"}
