"""A server's own way to register that is handed to functions."""

import pytest

from tests.analyzers.rules.test_rules import plain_files, report_on

SERVER = """
import os
from mcp.server.fastmcp import FastMCP
from services import files, notes

mcp = FastMCP("files")
"""
DIRECT = f"""{SERVER}
files.register(mcp.add_tool)
notes.register(add=mcp.add_tool)
mcp.run()
"""
FILTERED = f"""{SERVER}
def add_allowed(modules, allowed, add_tool):
    known = {{module.__name__: module for module in modules}}

    def filtered(tool, **options):
        if tool.__name__ in allowed:
            add_tool(tool, **options)

    for module in known.values():
        module.register(filtered)

add_allowed((files, notes), os.environ["ALLOWED"].split(), mcp.add_tool)
mcp.run()
"""
FILES = """
import os

def register(add):
    add(remove)
    nested(add)

def nested(add):
    add(size, name="file_size")

def remove(path: str) -> None:
    os.remove(path)

def size(path: str) -> int:
    return os.stat(path).st_size
"""
NOTES = """
def register(add):
    add(service.read, description="A note.")

class Service:
    def read(self, name: str) -> str:
        return name

service = Service()
"""
DECORATING = """
from fastmcp import FastMCP

mcp = FastMCP("notes")

def declare(tool):
    @tool
    def read(name: str) -> str: ...

    @tool(name="write_note")
    def write(name: str) -> str: ...

declare(mcp.tool)
mcp.run()
"""
MADE_ELSEWHERE = """
from mcp.server import MCPServer
from structured import make_tool

mcp = MCPServer("notes")
structured = make_tool(lambda name, tool, hints: mcp.tool(name=name, annotations=hints)(tool))

@structured("read")
def read(name: str) -> str: ...

@structured("write")
def write(name: str) -> str: ...

mcp.run()
"""
KEPT = """
from fastmcp import FastMCP

mcp = FastMCP("notes")

def describe(tool, other):
    print(tool.__doc__)
    other(str)

describe(mcp.tool, print)
mcp.run()
"""


@pytest.mark.parametrize("text", [DIRECT, FILTERED])
def test_what_is_given_to_a_registration_that_was_handed_over_is_a_tool(text: str) -> None:
    files = {"server.py": text, "services/__init__.py": "", "services/files.py": FILES, "services/notes.py": NOTES}
    tools = {row.name: row for row in report_on(plain_files(files)).tools}

    assert set(tools) == {"remove", "file_size", "read"}
    assert tools["remove"].capabilities == ("destroy",)
    assert {row.transport for row in tools.values()} == {"stdio"}


def test_what_a_decorator_that_was_handed_over_decorates_is_a_tool() -> None:
    assert [row.name for row in report_on(plain_files({"server.py": DECORATING})).tools] == ["read", "write_note"]


def test_what_is_decorated_by_what_was_made_elsewhere_of_a_registration_is_a_tool() -> None:
    assert [row.name for row in report_on(plain_files({"server.py": MADE_ELSEWHERE})).tools] == ["read", "write"]


def test_what_is_given_to_something_else_is_no_tool() -> None:
    assert {row.name for row in report_on(plain_files({"server.py": KEPT})).tools} == {"?"}
