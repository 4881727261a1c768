"""A store of entries, which is a file, is written unless it is opened to read."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import dbm
import shelve
from fastmcp import FastMCP

mcp = FastMCP("notes")

@mcp.tool
async def act(number: str) -> str:
    return str(OPENED[number])

mcp.run(transport="http")
"""
STORES = {
    'shelve.open("/srv/notes")': "write",
    'shelve.open("/srv/notes", flag="r")': "read-private",
    'dbm.open("/srv/notes", "c")': "write",
    'dbm.open("/srv/notes")': "read-private",
}


@pytest.mark.parametrize(("opened", "capability"), STORES.items())
def test_a_store_of_entries_is_written_unless_it_is_opened_to_read(opened: str, capability: str) -> None:
    body = SERVER.replace("OPENED", opened)
    (row,) = analyze(tree_of({"server.py": body})).tools

    assert row.capabilities == (capability,)
