"""What a function of the program writes where a pattern matches: `re.sub(pattern, write, text)`."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
import re
import shlex
import subprocess
from fastmcp import FastMCP

mcp = FastMCP("scans")
SCAN = "nmap ${{target}}"
HOLES = re.compile(r"\\$\\{{(\\w+)\\}}")

def expand(text: str, given: dict) -> str:
    def write(match):
        return given.get(match.group(1), "")
    return HOLES.sub(write, text)

def quoted(text: str, given: dict) -> str:
    return HOLES.sub(lambda match: shlex.quote(given[match.group(1)]), text)

@mcp.tool
def scan(target: str) -> str:
    return subprocess.run({command}, shell=True, capture_output=True, text=True).stdout

mcp.run(transport="http")
"""
RULES = {"command-injection", "unbounded-capability-tool"}


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ('expand(SCAN, {"target": target})', True),
        ('re.sub("X", lambda match: target, "nmap X")', True),
        ('re.sub("X", lambda match: "localhost", SCAN)', False),
        ('quoted(SCAN, {"target": target})', False),
        ('expand(SCAN, {"target": "localhost"})', False),
    ],
)
def test_what_a_replacement_writes_is_part_of_the_text(
    scan: Callable[[dict[str, str]], Report], command: str, found: bool
) -> None:
    report = scan({"server.py": SERVER.format(command=command)})

    assert (not RULES.isdisjoint(item.rule for item in report.findings)) is found
