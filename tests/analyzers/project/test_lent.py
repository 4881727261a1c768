"""Decorators of a server that a function of the program hands out."""

import pytest

from analyzers.rule import py
from tests.analyzers.rules.test_rules import plain_files, report_on

FUNCTION = """
from fastmcp import FastMCP

mcp = None
try:
    mcp = FastMCP("notes")
except RuntimeError:
    pass

def tool(*args, **kwargs):
    if mcp is not None:
        return mcp.tool(*args, **kwargs)
    return lambda function: function

@tool(description="A note.")
def read(name: str) -> str: ...

@tool(name="write_note")
def write(name: str, text: str) -> None: ...

mcp.run(transport="http")
"""
METHOD = """
from fastmcp import FastMCP

class App:
    def __init__(self):
        self.mcp = FastMCP("notes")

    def tool(self, **options):
        return self.mcp.tool(**options)

app = App()

@app.tool()
def read(name: str) -> str: ...

@app.tool(name="write_note")
def write(name: str, text: str) -> None: ...

app.mcp.run(transport="http")
"""
KEPT = """
from fastmcp import FastMCP

mcp = FastMCP("notes")

def tool(*args, **kwargs):
    made = mcp.tool(*args, **kwargs)
    return logged

def logged(function):
    return function

@tool()
def read(name: str) -> str: ...

mcp.run(transport="http")
"""


@pytest.mark.parametrize("text", [FUNCTION, METHOD])
def test_what_a_lent_decorator_decorates_is_a_tool(text: str) -> None:
    tools = report_on(plain_files(py(text).files)).tools

    assert [(row.name, row.transport) for row in tools] == [("read", "http"), ("write_note", "http")]


def test_a_lent_decorator_that_asks_for_a_scope_asks_for_it_everywhere() -> None:
    text = FUNCTION.replace("mcp.tool(*args, **kwargs)", 'mcp.tool(*args, auth=require_scopes("notes"), **kwargs)')
    text = text.replace("import FastMCP", "import FastMCP\nfrom fastmcp.server.auth import require_scopes")

    tools = report_on(plain_files(py(text).files)).tools

    assert {row.authorization.kind for row in tools} <= {"per_tool", "uniform"}
    assert len(tools) == 2


def test_a_decorator_that_is_not_returned_registers_nothing() -> None:
    assert not report_on(plain_files(py(KEPT).files)).tools
