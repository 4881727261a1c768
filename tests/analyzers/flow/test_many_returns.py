"""Texts that a function puts together in one of many ways."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import subprocess
from fastmcp import FastMCP

mcp = FastMCP("cluster")

def worded(query: str) -> str:
{ways}
    return {last}

@mcp.tool
def ask(query: str) -> str:
    return subprocess.run(worded(query), shell=True, capture_output=True, text=True).stdout

mcp.run()
"""
WAYS = "\n".join(
    f'    if "k{number}" in query:\n        return f"kubectl get k{number} {{query}}"' for number in range(12)
)


@pytest.mark.parametrize(("last", "told"), [('"kubectl get all"', True), ("query", False)])
def test_a_command_in_one_of_many_ways_is_still_put_together(last: str, told: bool) -> None:
    report = analyze(tree_of({"server.py": SERVER.format(ways=WAYS, last=last)}))

    assert any(item.rule == "command-injection" for item in report.findings) is told
