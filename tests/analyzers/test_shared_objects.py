"""What one object of the program keeps of its callers, for all of them."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
from fastmcp import FastMCP
from fastmcp.server.dependencies import get_access_token

mcp = FastMCP("notes", auth=verifier)

class Store:
    {shared}

    def __init__(self) -> None:
        {own}

    def add(self, owner: str, note: str) -> None:
        {write}

    def all(self, owner: str) -> list[str]:
        return {read}

{made}

@mcp.tool
def add_note(note: str) -> None:
    {store}.add(get_access_token().claims["sub"], note)

@mcp.tool
def list_notes() -> list[str]:
    return {store}.all(get_access_token().claims["sub"])

mcp.run(transport="http")
"""
LIST = {"own": "self.notes = []", "write": "self.notes.append(note)", "read": "self.notes"}
KEYED = {"own": "self.notes = {}", "write": "self.notes[owner] = note", "read": "[self.notes[owner]]"}


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        pytest.param(LIST | {"made": "store = Store()", "store": "store"}, True, id="list of an object of the module"),
        pytest.param(KEYED | {"made": "store = Store()", "store": "store"}, False, id="under the subject"),
        pytest.param(LIST | {"made": "", "store": "Store()"}, False, id="an object of the call"),
        pytest.param(
            LIST | {"own": "pass", "shared": "notes = []", "made": "", "store": "Store()"}, True, id="list of the class"
        ),
    ],
)
def test_what_calls_add_to_a_shared_object_is_read_by_others(
    scan: Callable[[dict[str, str]], Report], parts: dict[str, str], found: bool
) -> None:
    report = scan({"server.py": SERVER.format(**{"shared": "pass", **parts})})

    assert ("cross-session-state" in {finding.rule for finding in report.findings}) is found
