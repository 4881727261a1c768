"""Checks that run in a thread, and are waited for."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """\
import asyncio
import ipaddress
import shutil
import socket

from fastmcp import FastMCP
from fastmcp.server.auth.providers.jwt import JWTVerifier
from fastmcp.server.dependencies import get_access_token

mcp = FastMCP("files", auth=JWTVerifier(jwks_uri="https://id.example.org/keys", audience="files"))


def may_drop(tool):
    return tool in get_access_token().scopes


def must_drop(tool):
    if tool not in get_access_token().scopes:
        raise PermissionError(tool)


@mcp.tool
async def drop(name: str) -> str:
    {asked}
    shutil.rmtree("/data")
    return name


mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ('await asyncio.to_thread(must_drop, "drop")', False),
        ('if not await asyncio.to_thread(may_drop, "drop"):\n        return "no"', False),
        ('asyncio.to_thread(must_drop, "drop")', True),
    ],
)
def test_a_check_in_a_thread_counts_once_it_is_waited_for(asked: str, told: bool) -> None:
    """What it answers, or that it came back, says the same as where it is called at once."""
    report = analyze(tree_of({"server.py": SERVER.format(asked=asked)}))
    assert ("missing-per-tool-authorization" in {finding.rule for finding in report.findings}) is told
