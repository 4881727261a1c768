"""Functions that were looked at while something that they call was not known yet."""

from collections.abc import Callable

from analyzers import Report

SERVER = """
from pathlib import Path
from fastmcp import FastMCP

mcp = FastMCP("notes")

class Store:
    @property
    def folder(self) -> Path:
        return Path("/srv") / load(self, "folder.txt")

    def read(self, name: str) -> str:
        return (self.folder / name).read_text()

def load(store: Store, name: str) -> str:
    return store.read(name)

store = Store()

@mcp.tool
def first(name: str) -> str:
    return store.read(name)

@mcp.tool
def second(name: str) -> str:
    return load(store, name)

@mcp.tool
def third() -> str:
    return load(store, "third.md")

mcp.run(transport="http")
"""


def test_what_a_function_calls_in_a_circle_is_known_of_all_of_them(scan: Callable[[dict[str, str]], Report]) -> None:
    found = [finding for finding in scan({"server.py": SERVER}).findings if finding.rule == "path-traversal"]

    assert {tool.rpartition(":")[2] for finding in found for tool in finding.tools} == {"first", "second"}
