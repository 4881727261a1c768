"""Functions of the program that run, in a thread, what they are given."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
import asyncio
from pathlib import Path
from fastmcp import FastMCP

mcp = FastMCP("notes")
ROOT = Path("/srv/notes")

async def aside(func, *args, **kwargs):
    {aside}

async def show(path: Path) -> bytes:
    return await aside(path.read_bytes)

def joined(first: Path, second: str) -> Path:
    return first / second

def first_of(folder: Path) -> Path:
    return folder / "first.md"

@mcp.tool
async def read(name: str) -> bytes:
    return await show(ROOT / name)

@mcp.tool
async def read_joined(name: str) -> bytes:
    return Path(await aside(joined, ROOT, name)).read_bytes()

@mcp.tool
async def read_first(title: str) -> bytes:
    found = await aside(first_of, ROOT)
    return title.encode() + Path(found).read_bytes()

mcp.run(transport="http")
"""


def _found(report: Report) -> set[str]:
    found = [finding for finding in report.findings if finding.rule == "path-traversal"]
    return {tool.rpartition(":")[2] for finding in found for tool in finding.tools}


@pytest.mark.parametrize(
    "aside",
    [
        "return await asyncio.to_thread(func, *args, **kwargs)",
        "return await asyncio.get_running_loop().run_in_executor(None, func, *args)",
        "return func(*args, **kwargs)",
    ],
)
def test_what_a_runner_does_and_gives_is_what_it_is_given_does_and_gives(
    scan: Callable[[dict[str, str]], Report], aside: str
) -> None:
    assert _found(scan({"server.py": SERVER.replace("{aside}", aside)})) == {"read", "read_joined"}


def test_methods_alone_are_run_where_a_runner_is_given_them(scan: Callable[[dict[str, str]], Report]) -> None:
    program = SERVER.replace("{aside}", "return await asyncio.to_thread(func, *args, **kwargs)")
    program = program.replace("await aside(joined, ROOT, name)", "joined(ROOT, name)")
    program = program.replace("await aside(first_of, ROOT)", "first_of(ROOT)")

    assert _found(scan({"server.py": program})) == {"read", "read_joined"}
