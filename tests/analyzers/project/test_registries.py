"""Tools that a decorator puts into a list or a table, from which a server is filled or calls are dispatched."""

from collections.abc import Callable

import pytest

from analyzers import Report

TWO = """\
{apply}
def cancel(order: str) -> str:
    return httpx.delete("https://orders.internal/orders", params={{"order": order}}).text


{apply_other}
def show(order: str) -> str:
    return httpx.get("https://orders.internal/orders", params={{"order": order}}).text
"""
PLAIN = "TOOLS: list = []\n\n\ndef tool(function):\n    TOOLS.append(function)\n    return function\n"
NAMED = """\
HANDLERS = {}


def tool(name=None):
    def decorate(function):
        HANDLERS[name or function.__name__] = function
        return function

    return decorate
"""
WRAPPED = """\
import functools

TOOLS = []


def tool(function):
    @functools.wraps(function)
    def inner(*args, **kwargs):
        return function(*args, **kwargs)

    TOOLS.append(inner)
    return inner
"""
LOOP = "from fastmcp import FastMCP\n\nmcp = FastMCP('shop')\nfor item in {}:\n    mcp.tool(item)\n"
DISPATCH = """\
from mcp.server.lowlevel import Server

server = Server("shop")


@server.call_tool()
async def call(name, arguments):
    return HANDLERS[name](**arguments)
"""


def program(registry: str, server: str, apply: str, apply_other: str = "") -> dict[str, str]:
    tools = TWO.format(apply=apply, apply_other=apply_other or apply)
    return {"server.py": f"import httpx\n{registry}\n\n{tools}\n\n{server}"}


@pytest.mark.parametrize(
    "files",
    [
        program(PLAIN, LOOP.format("TOOLS"), "@tool"),
        program(NAMED, LOOP.format("HANDLERS.values()"), "@tool()"),
        program(WRAPPED, LOOP.format("TOOLS"), "@tool"),
        program(NAMED, DISPATCH, "@tool()"),
        {
            "registry.py": PLAIN,
            "tools.py": f"import httpx\nfrom registry import tool\n\n{TWO.format(apply='@tool', apply_other='@tool')}",
            "server.py": "import tools\nfrom registry import TOOLS\n" + LOOP.format("TOOLS"),
        },
    ],
)
def test_what_a_decorator_registers_is_a_tool(scan: Callable[[dict[str, str]], Report], files: dict[str, str]) -> None:
    tools = {tool.name: tool.capabilities for tool in scan(files).tools}

    assert tools == {"cancel": ("destroy",), "show": ("read-public",)}


def test_a_name_that_the_decorator_is_given_leads_to_its_function(scan: Callable[[dict[str, str]], Report]) -> None:
    tools = scan(program(NAMED, DISPATCH, '@tool("cancel_order")', '@tool("show_order")')).tools

    assert {tool.name: tool.capabilities for tool in tools} == {
        "cancel_order": ("destroy",),
        "show_order": ("read-public",),
    }


def test_a_list_that_is_filled_out_of_sight_leaves_a_tool_that_is_not_resolved(
    scan: Callable[[dict[str, str]], Report],
) -> None:
    (tool,) = scan({"server.py": "from vendor import TOOLS\n" + LOOP.format("TOOLS")}).tools

    assert (tool.name, tool.authorization.kind) == ("?", "unresolved")


RECORDED = """\
from dataclasses import dataclass

HANDLERS = {}


@dataclass
class Entry:
    name: str
    handler: object

    def get_handler(self):
        return self.handler


def tool(name):
    def decorate(function):
        HANDLERS[name] = Entry(name=name, handler=function)
        return function

    return decorate


async def invoke(handler, arguments):
    return handler(**arguments)
"""
LOOKED_UP = """\
from mcp.server.lowlevel import Server

server = Server("shop")


def entry_of(name):
    if name not in HANDLERS:
        return None
    return HANDLERS[name]


@server.call_tool()
async def call(name, arguments):
    {looked_up}
    if entry is None:
        raise ValueError(name)
    return {called}
"""


@pytest.mark.parametrize(
    ("looked_up", "called"),
    [
        ("entry = HANDLERS.get(name)", "entry.handler(**arguments)"),
        ("entry = HANDLERS.get(name)", "entry.get_handler()(**arguments)"),
        ("entry = HANDLERS[name].handler", "await invoke(entry, arguments)"),
        ("entry = HANDLERS.get(name)", "await asyncio.to_thread(entry.handler, **arguments)"),
        ("entry = entry_of(name)", "await invoke(entry.get_handler(), arguments)"),
    ],
)
def test_a_record_of_a_function_leads_to_it(
    scan: Callable[[dict[str, str]], Report], looked_up: str, called: str
) -> None:
    server = "import asyncio\n" + LOOKED_UP.format(looked_up=looked_up, called=called)
    tools = scan(program(RECORDED, server, '@tool("cancel_order")', '@tool("show_order")')).tools

    assert {tool.name: tool.capabilities for tool in tools} == {
        "cancel_order": ("destroy",),
        "show_order": ("read-public",),
    }


PARTS = """\
from mcp.types import Tool

HANDLERS = {{}}


def tool(name):
    def decorate(function):
        HANDLERS[name] = {record}
        return function

    return decorate
"""
PAIR = '(function, Tool(name=name, inputSchema={"type": "object"}))'
TABLE = '{"schema": Tool(name=name, inputSchema={"type": "object"}), "run": function}'


@pytest.mark.parametrize(
    ("record", "looked_up", "called"),
    [
        (PAIR, "entry, _ = HANDLERS[name]", "entry(**arguments)"),
        (PAIR, "entry = HANDLERS.get(name)", "entry[0](**arguments)"),
        (TABLE, "entry = HANDLERS[name]", 'await asyncio.to_thread(entry["run"], **arguments)'),
        (TABLE, "entry = HANDLERS[name]['run']", "entry(**arguments)"),
    ],
)
def test_a_pair_or_table_that_a_decorator_makes_of_a_function_leads_to_it(
    scan: Callable[[dict[str, str]], Report], record: str, looked_up: str, called: str
) -> None:
    server = "import asyncio\n" + LOOKED_UP.format(looked_up=looked_up, called=called)
    tools = scan(program(PARTS.format(record=record), server, '@tool("cancel_order")', '@tool("show_order")')).tools

    assert {tool.name: tool.capabilities for tool in tools} == {
        "cancel_order": ("destroy",),
        "show_order": ("read-public",),
    }


OBJECTS = """\
import httpx

HANDLERS = {{}}


class Handler:
    def __init__(self, tool_name: str):
        self.name = tool_name


class Cancel(Handler):
    def __init__(self):
        super().__init__("cancel_order")

    def run_tool(self, arguments):
        return httpx.delete("https://orders.internal/orders", params=arguments).text


class Show(Handler):
    name = "show_order"

    def __init__(self):
        pass

    def run_tool(self, arguments):
        return httpx.get("https://orders.internal/orders", params=arguments).text


def add(handler: Handler) -> None:
    HANDLERS[handler.name] = handler


add(Cancel())
add(Show())
{server}"""


@pytest.mark.parametrize("looked_up", ["entry = HANDLERS[name]", "entry = entry_of(name)"])
def test_objects_are_found_under_the_names_that_they_have(
    scan: Callable[[dict[str, str]], Report], looked_up: str
) -> None:
    server = LOOKED_UP.format(looked_up=looked_up, called="entry.run_tool(arguments)")
    tools = scan({"server.py": OBJECTS.format(server=server)}).tools

    assert {tool.name: tool.capabilities for tool in tools} == {
        "cancel_order": ("destroy",),
        "show_order": ("read-public",),
    }


def test_a_log_of_an_entry_runs_nothing(scan: Callable[[dict[str, str]], Report]) -> None:
    server = LOOKED_UP.format(looked_up="entry = HANDLERS.get(name)", called="logging.info(entry)")
    tools = scan(program(NAMED, "import logging\n" + server, "@tool()")).tools

    assert [tool.name for tool in tools] == ["?"]


ANY = """\
import httpx
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

server = Server("shop")


@server.call_tool()
async def call(name, arguments):
    return httpx.delete("https://orders.internal/" + name, params=arguments).text


manager = StreamableHTTPSessionManager(server)
"""


def test_a_tool_without_a_name_is_called_so(scan: Callable[[dict[str, str]], Report]) -> None:
    findings = scan({"server.py": ANY}).findings

    assert any("whose name is not known)" in finding.message for finding in findings)
