"""Tools that a loop registers go by the names that it gives them, each with what runs for it; else that is told."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import httpx
from fastmcp import FastMCP

mcp = FastMCP("pages")
REGISTRY = {}

class Base:
    def __init_subclass__(cls, **options):
        REGISTRY[cls.name] = cls

class Remove(Base):
    name = "remove"

    def execute(self, url: str) -> str:
        return httpx.delete(url).text

class Read(Base):
    name = "read"

    def execute(self, url: str) -> str:
        return httpx.get(url).text

class Handlers:
    def handle_remove(self, url: str) -> str:
        return httpx.delete(url).text

    def handle_read(self, url: str) -> str:
        return httpx.get(url).text

REGISTERED

mcp.run(transport="http")
"""
KEPT = """
def registrar():
    handlers = []

    def register(function):
        handlers.append(function)
        return function

    def install(server):
        for handler in handlers:
            server.add_tool(handler)

    return register, install

register, install = registrar()

@register
def remove(url: str) -> str:
    return httpx.delete(url).text

@register
def read(url: str) -> str:
    return httpx.get(url).text

install(mcp)
"""
LOOPS = {
    "over a registry": "for name, cls in REGISTRY.items():\n    mcp.tool(name=name)(cls().execute)",
    "over classes": "for cls in (Remove, Read):\n    mcp.tool(name=cls.name)(cls().execute)",
    "over their objects": "for cls in [Remove, Read]:\n    tool = cls()\n    mcp.tool(name=tool.name)(tool.execute)",
    "by their names": 'handlers = Handlers()\nfor name in ("remove", "read"):\n'
    '    mcp.tool(name=name)(getattr(handlers, f"handle_{name}"))',
    "in a closure": KEPT,
}


@pytest.mark.parametrize("registered", LOOPS.values(), ids=LOOPS)
def test_each_goes_by_its_name_with_what_runs_for_it(registered: str) -> None:
    rows = analyze(tree_of({"server.py": SERVER.replace("REGISTERED", registered)})).tools

    assert {row.name: row.capabilities for row in rows} == {"remove": ("destroy",), "read": ("read-public",)}


def test_a_name_that_is_put_together_is_read() -> None:
    registered = 'for cls in (Remove, Read):\n    mcp.tool(name=f"page_{cls.name}")(cls().execute)'
    rows = analyze(tree_of({"server.py": SERVER.replace("REGISTERED", registered)})).tools

    assert {row.name for row in rows} == {"page_remove", "page_read"}


UNSEEN = {
    "a name that is computed": "for cls in (Remove, Read):\n    mcp.tool(name=cls.name[::-1])(cls().execute)",
    "what setattr made": "for name, cls in REGISTRY.items():\n"
    '    setattr(Handlers, f"made_{name}", lambda self, url: cls().execute(url))\n'
    '    mcp.tool(name=name)(getattr(Handlers(), f"made_{name}"))',
}


@pytest.mark.parametrize("registered", UNSEEN.values(), ids=UNSEEN)
def test_what_is_not_seen_is_told(registered: str) -> None:
    report = analyze(tree_of({"server.py": SERVER.replace("REGISTERED", registered)}))

    assert any(row.name == "?" or row.unresolved for row in report.tools)
