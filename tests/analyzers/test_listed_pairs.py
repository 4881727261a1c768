"""Pairs of a name and what is kept under it, of which one is taken out of a list."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import os
from fastmcp import FastMCP

mcp = FastMCP("hosts")
HOSTS = {"shop": {"alias": "s", "address": "10.0.0.1", "password": os.environ["SHOP_PASSWORD"]}}

def found(alias):
    LISTED
    return matches[0] if matches else (None, None)

@mcp.tool
def describe(alias: str) -> dict:
    name, host = found(alias)
    return SHOWN

mcp.run()
"""
MADE = 'matches = [(name, host) for name, host in HOSTS.items() if host["alias"] == alias]'
APPENDED = """
    matches = []
    for name, host in HOSTS.items():
        if host["alias"] == alias:
            matches.append((name, host))
"""


@pytest.mark.parametrize("listed", [MADE, APPENDED])
@pytest.mark.parametrize(("shown", "is_told"), [('{"name": name}', False), ("{**host}", True)])
def test_a_name_does_not_hold_what_stands_beside_it(listed: str, shown: str, is_told: bool) -> None:
    text = SERVER.replace("LISTED", listed.strip()).replace("SHOWN", shown)
    findings = analyze(tree_of({"server.py": text})).findings

    assert ("secret-returned-to-model" in {finding.rule for finding in findings}) is is_told
