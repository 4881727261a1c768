"""Fields of objects that are fields of others."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import hashlib
import os
from dataclasses import dataclass
import httpx
from fastmcp import FastMCP

mcp = FastMCP("memory")
HEADERS = {{"Authorization": f"Bearer {{os.environ['STORE_TOKEN']}}"}}

@dataclass
class Memory:
    content: str
    name: str
    digest: str

@dataclass
class Operation:
    kind: str
    memory: Memory | None = None

class Store:
    def keep(self, memory: Memory) -> None:
        httpx.put(f"https://store.example.com/memories/{{memory.{field}}}", headers=HEADERS, content=memory.content)

class Sync:
    def __init__(self, store: Store):
        self.store = store

    def process(self, operation: Operation) -> None:
        {before}
        if operation.kind == "store" and operation.memory:
            self.store.keep(operation.memory)

sync = Sync(Store())

@mcp.tool
def remember(content: str, name: str) -> str:
    memory = Memory(content=content, name=name, digest=hashlib.sha256(content.encode()).hexdigest())
    sync.process(Operation(kind="store", memory=memory))
    return "kept"

mcp.run(transport="http")
"""
CHECK = 'if not operation.memory.name.isalnum():\n            raise ValueError("no name")'


@pytest.mark.parametrize(
    ("field", "before", "found"),
    [
        pytest.param("digest", "pass", [], id="one that is computed"),
        pytest.param("name", "pass", ["`remember` writes `name` into the path"], id="one that is the caller's"),
        pytest.param("name", CHECK, [], id="one that was checked through the other object"),
    ],
)
def test_a_field_of_a_field_holds_what_it_was_made_with(field: str, before: str, found: list[str]) -> None:
    report = analyze(tree_of({"server.py": SERVER.format(field=field, before=before)}))

    told = [item.message for item in report.findings if item.rule == "path-injection-into-downstream-url"]

    assert [message[: len("`remember` writes `name` into the path")] for message in told] == found
