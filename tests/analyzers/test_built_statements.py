"""Statements that are built of expressions step by step, what lies in temporary files, and what else is no harm."""

from collections.abc import Callable

import pytest

from analyzers import Report

BUILT = """
from fastmcp import FastMCP
from sqlalchemy import create_engine, select, text
from tables import events

mcp = FastMCP("events")
engine = create_engine("postgresql://events")

@mcp.tool
def list_events(name: str | None = None, kind: str | None = None) -> list:
    query = select(events).order_by(events.c.at)
    if name is not None:
        query = query.where(events.c.name == name)
    if kind is not None:
        query = query.where(CONDITION)
    with engine.connect() as connection:
        return connection.execute(query).all()

mcp.run(transport="http")
"""
KEPT = """
import os
import tempfile
from pathlib import Path
import aiofiles
from fastmcp import FastMCP

mcp = FastMCP("reader")

@mcp.tool
async def convert(name: str) -> str:
    handle, path = tempfile.mkstemp(suffix=os.path.splitext(name)[1])
    async with aiofiles.open(PATH, "wb") as file:
        await file.write(b"")
    return "done"

mcp.run(transport="http")
"""
STARTED = """
import subprocess
from fastmcp import FastMCP

mcp = FastMCP("hosts")

def run(user, host, command):
    return subprocess.run(["ssh", f"{user}@{host}", command], capture_output=True).stdout

@mcp.tool
def uptime(host: str) -> bytes:
    return run(USER, host, "uptime")

mcp.run(transport="http")
"""
FOUND = """
import asyncio
import httpx
from fastmcp import FastMCP
from engine import Engine

mcp = FastMCP("search")
engine = Engine()

@mcp.tool
async def search(query: str) -> list:
    found = await asyncio.to_thread(engine.search, query)
    return [httpx.get(page.url).text for page in found]

mcp.run(transport="http")
"""


def _rules(report: Report) -> set[str]:
    return {finding.rule for finding in report.findings}


@pytest.mark.parametrize(
    ("condition", "found"), [("events.c.kind == kind", False), ("text(f\"kind = '{kind}'\")", True)]
)
def test_a_statement_that_is_built_in_several_ways_is_one(
    scan: Callable[[dict[str, str]], Report], condition: str, found: bool
) -> None:
    report = scan({"server.py": BUILT.replace("CONDITION", condition)})

    assert [row.capabilities for row in report.tools] == [("read-private",)]
    assert ("query-injection" in _rules(report)) is found


@pytest.mark.parametrize(("path", "writes"), [("path", False), ("f'/srv/{name}'", True), ("Path(path) / name", True)])
def test_what_is_put_into_a_temporary_file_is_kept_for_nobody(
    scan: Callable[[dict[str, str]], Report], path: str, writes: bool
) -> None:
    (row,) = scan({"server.py": KEPT.replace("PATH", path)}).tools

    assert ("write" in row.capabilities) is writes


@pytest.mark.parametrize(("user", "found"), [('"admin"', False), ("host", True), ('"-o" + host', True)])
def test_what_stands_behind_a_name_is_no_option(
    scan: Callable[[dict[str, str]], Report], user: str, found: bool
) -> None:
    report = scan({"server.py": STARTED.replace("USER", user)})

    assert ("command-injection" in _rules(report)) is found


def test_what_a_thread_finds_is_not_what_it_was_asked_for(scan: Callable[[dict[str, str]], Report]) -> None:
    assert "ssrf-model-controlled-host" not in _rules(scan({"server.py": FOUND}))
