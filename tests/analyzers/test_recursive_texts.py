"""Functions that write texts by calling each other: what they give is found once, however many ways there are."""

import textwrap

from analyzers import analyze
from tests.analyzers.programs import tree_of

WAYS = 14


def _writer(index: int) -> str:
    """Return a function that writes an expression with two others, of which each may come back to it."""
    one, other = (index + 1) % WAYS, (index + 5) % WAYS
    return textwrap.dedent(f"""
        def write{index}(node):
            if node.kind == "a":
                return f"({{write{one}(node.left)}} AND {{write{other}(node.right)}})"
            if node.kind == "b":
                return None
            if not write{other}(node.left):
                return "TRUE"
            return f"NOT {{write{one}(node.left)}} OR {{write{other}(node.left)}}"
        """)


SERVER = """
import sqlite3
from fastmcp import FastMCP

mcp = FastMCP("tables")


@mcp.tool
def search(node: dict) -> list:
    return sqlite3.connect("x.db").execute("SELECT * FROM t WHERE " + write0(node)).fetchall()


mcp.run()
"""


def test_all_of_them_are_read() -> None:
    text = "".join(map(_writer, range(WAYS))) + SERVER

    report = analyze(tree_of({"server.py": text}))

    assert [row.capabilities for row in report.tools] == [("read-private",)]
    assert report.coverage.tools_resolved == 1
