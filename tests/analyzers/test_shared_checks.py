"""One check that is passed by is one cause, however many tools it stands in front of."""

from collections.abc import Callable

from analyzers import Report

SERVER = """
import os
from pathlib import Path
from fastmcp import FastMCP

mcp = FastMCP("notes")
ROOT = os.environ["NOTES"]


def inside(path):
    found = Path(path).resolve()
    if not str(found).startswith(ROOT):
        raise ValueError("not one of ours")
    return found


@mcp.tool
def read(path: str) -> str:
    return inside(path).read_text()


@mcp.tool
def write(path: str, text: str) -> None:
    inside(path).write_text(text)


@mcp.tool
def free(path: str) -> str:
    return (Path(ROOT) / path).read_text()


mcp.run(transport="http")
"""


def test_tools_behind_one_check_are_told_of_together(scan: Callable[[dict[str, str]], Report]) -> None:
    found = [finding for finding in scan({"server.py": SERVER}).findings if finding.rule == "path-traversal"]

    assert sorted(len(finding.tools) for finding in found) == [1, 2]
