"""Checks that a tool makes for one of its actions, and what they are worth for the others."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
import enum
import subprocess
from typing import Annotated, Literal
from fastmcp import FastMCP
from pydantic import Field

mcp = FastMCP("stacks")

class Action(enum.Enum):
    DEPLOY = "deploy"
    MOVE = "move"

@mcp.tool
def stack(action: {kind}, name: str) -> str:
    if action == {deploy}:
        if not name.isalnum():
            return "bad name"
        subprocess.run({first})
    else:
        subprocess.run({second})
    return "ok"

mcp.run(transport="http")
"""
HARMFUL = '["ssh", "box", f"docker stack rm {name}"]'
HARMLESS = '["docker", "ps"]'


@pytest.mark.parametrize(
    ("kind", "deploy"),
    [
        ("str", '"deploy"'),
        ('Literal["deploy", "move"]', '"deploy"'),
        ('Annotated[Literal["deploy", "move"], Field(description="What to do")]', '"deploy"'),
        ("Action", "Action.DEPLOY"),
        ("int", "1"),
    ],
)
@pytest.mark.parametrize(("first", "second", "found"), [(HARMFUL, HARMLESS, 0), (HARMLESS, HARMFUL, 1)])
def test_a_check_for_one_action_says_nothing_of_another(
    scan: Callable[[dict[str, str]], Report], kind: str, deploy: str, first: str, second: str, found: int
) -> None:
    program = SERVER.format(kind=kind, deploy=deploy, first=first, second=second)

    rules = [finding.rule for finding in scan({"server.py": program}).findings]

    assert rules.count("command-injection") == found
