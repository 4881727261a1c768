"""Errors that a helper words and its caller lets through, beside the handler of whatever else may go wrong."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """\
import concurrent.futures
import sqlite3
from fastmcp import FastMCP
from fastmcp.exceptions import ToolError

mcp = FastMCP("orders")
pool = concurrent.futures.ThreadPoolExecutor()

def rows(query: str) -> list:
    try:
        return sqlite3.connect("orders.db").execute(query).fetchall()
    except Exception as error:
        raise ToolError(WORDS)  # helper

@mcp.tool
def ask(query: str) -> str:
    try:
        future = pool.submit(rows, query)
        return str(future.result(timeout=30))
    except ToolError:
        PASSES
    except Exception as error:
        raise RuntimeError(f"Unexpected: {error}")  # tool

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("words", "passes", "place"),
    [
        ('f"failed: {error}"', "raise", "helper"),
        ('"failed"', "raise", "tool"),
        ('f"failed: {error}"', 'return "failed"', "tool"),
    ],
)
def test_the_helper_that_words_it_is_shown(words: str, passes: str, place: str) -> None:
    text = SERVER.replace("WORDS", words).replace("PASSES", passes)
    (found,) = (
        item for item in analyze(tree_of({"server.py": text})).findings if item.rule == "internal-error-to-model"
    )
    assert text.splitlines()[found.location.line - 1].endswith(f"# {place}")
