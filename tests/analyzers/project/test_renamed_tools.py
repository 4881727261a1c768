"""Tools that are also called by older names: the name is replaced before it is told apart."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
import httpx
from mcp.server.lowlevel import Server

server = Server("notes")
ALIASES = {{"delete_note": "note_delete", "remove": "note_delete", "find": "note_search"}}
OLD = {{
    "delete_note": ("note_delete", lambda given: {{"number": given["note"]}}),
    "remove": ("note_delete", lambda given: {{"number": given["id"]}}),
}}


def renamed(name, arguments):
    new, change = OLD[name]
    return new, change(arguments)


@server.call_tool()
async def call_tool(name, arguments):
    {renaming}
    if name == "note_delete":
        return httpx.delete("https://notes.internal/", params=arguments).text
    elif name == "note_search":
        return httpx.get("https://notes.internal/", params=arguments).text
    raise ValueError(name)
"""


@pytest.mark.parametrize(
    "renaming",
    [
        "name = ALIASES.get(name, name)",
        "name = ALIASES.get(name) or name",
        "if name in ALIASES:\n        name = ALIASES[name]",
        "if name in OLD:\n        name, arguments = renamed(name, arguments)",
    ],
)
def test_the_names_that_are_told_apart_are_the_tools(renaming: str, scan: Callable[[dict[str, str]], Report]) -> None:
    report = scan({"server.py": SERVER.format(renaming=renaming)})

    found = {tool.name: tool.capabilities[0] for tool in report.tools}
    assert (found.get("note_delete"), found.get("note_search")) == ("destroy", "read-public")
    assert not any(tool.unresolved for tool in report.tools)
