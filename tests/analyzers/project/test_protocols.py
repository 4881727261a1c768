"""What a protocol promises is done by the classes that have all of its methods, whether they say so or not."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

PROGRAM = """
import os
from dataclasses import dataclass
from typing import Protocol

import asyncpg
from fastmcp import FastMCP

mcp = FastMCP("notes")

class Runner({base}):
    async def run(self, sql: str) -> list:
        {promised}

    async def stop(self) -> None:
        {promised}

class PoolRunner:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool

    async def run(self, {parameter}: str) -> list:
        return await self.pool.fetch("DELETE FROM notes")

    async def {other}(self) -> None:
        await self.pool.close()

@dataclass
class Context:
    runner: Runner

def context() -> Context:
    return load(os.environ["CONTEXT"])

@mcp.tool
async def query(name: str) -> list:
    return await context().runner.run(name)

mcp.run()
"""


@pytest.mark.parametrize(
    ("base", "promised", "parameter", "other", "gravest"),
    [
        pytest.param("Protocol", "...", "sql", "stop", "destroy", id="all of its methods"),
        pytest.param("Protocol", '"""Do."""', "sql", "stop", "destroy", id="a line of documentation"),
        pytest.param("Protocol", "...", "text", "stop", "read-private", id="another parameter"),
        pytest.param("Protocol", "...", "sql", "end", "read-private", id="a method less"),
        pytest.param("object", "...", "sql", "stop", "read-private", id="no protocol"),
    ],
)
def test_a_protocol_is_done_by_classes_alike(
    base: str, promised: str, parameter: str, other: str, gravest: str
) -> None:
    program = PROGRAM.format(base=base, promised=promised, parameter=parameter, other=other)
    (row,) = analyze(tree_of({"server.py": program})).tools

    assert row.capabilities[0] == gravest
