"""Containers that are only asked if they hold something give nobody what another caller left in them."""

import textwrap

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
from fastmcp import FastMCP

mcp = FastMCP("bank", auth=provider)
_spent_tokens = set()
_admin_tokens = set()

def is_spent(token: str) -> bool:
    return token in _spent_tokens

@mcp.tool
def transfer(approval_token: str) -> str:
    if is_spent(approval_token):
        raise ValueError("used before")
    _spent_tokens.add(approval_token)
    _admin_tokens.add(approval_token)
    return "ok"

@mcp.tool
def other(approval_token: str) -> str:
    BODY

mcp.run(transport="http")
"""
SEARCHING = {
    "membership": 'return "used" if approval_token in _spent_tokens else "new"',
    "forgetting": "_spent_tokens.discard(approval_token)",
}
READING = {
    "what it holds": "return max(_spent_tokens)",
    "each of it": 'return ", ".join(token for token in _spent_tokens)',
    "whether it holds anything": 'return "yes" if _spent_tokens else "no"',
    "one of it": "return _spent_tokens.pop()",
    "who may do more": 'return "yes" if approval_token in _admin_tokens else "no"',
}


def told_of(body: str) -> list[str]:
    report = analyze(tree_of({"server.py": textwrap.dedent(SERVER).replace("BODY", body)}))
    assert report.failures == ()
    return [found.message.split("`")[3] for found in report.findings if found.rule == "cross-session-state"]


@pytest.mark.parametrize("body", SEARCHING.values(), ids=SEARCHING)
def test_a_container_that_is_only_searched_is_none_that_others_read(body: str) -> None:
    assert told_of(body) == []


@pytest.mark.parametrize("body", READING.values(), ids=READING)
def test_one_that_is_read_or_that_says_who_may_is(body: str) -> None:
    assert told_of(body) == ["_admin_tokens" if "admin" in body else "_spent_tokens"]
