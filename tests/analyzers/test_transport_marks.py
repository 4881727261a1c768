"""Checks that ask first whether the server speaks stdio, where nobody else calls."""

import textwrap

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SETTINGS = """\
import os

TRANSPORT = os.getenv("TRANSPORT", "sse")
"""
SERVER = """\
import os
import shutil

from fastmcp import FastMCP
from fastmcp.server.auth.providers.jwt import JWTVerifier
from fastmcp.server.dependencies import get_access_token

from settings import TRANSPORT

mcp = FastMCP("files", auth=JWTVerifier(jwks_uri="https://id.example.org/keys", audience="files"))


def require_scope(scope):
    {asked}
        return
    token = get_access_token()
    if token is None or scope not in token.scopes:
        raise PermissionError(scope)


@mcp.tool
def drop(name: str) -> str:
    require_scope("files:drop")
    shutil.rmtree("/data")
    return name


{start}
"""
CHOSEN = """\
def main():
    transport = TRANSPORT
    if transport not in ("stdio", "sse", "http"):
        transport = "sse"
    mcp.run(transport=transport)
"""
BRANCHED = """\
def main():
    if TRANSPORT == "stdio":
        mcp.run(transport="stdio")
    else:
        mcp.run(transport="http", host="0.0.0.0")
"""
EXPORTED = CHOSEN + "\n\napp = mcp.http_app()\n"


@pytest.mark.parametrize(
    ("asked", "start", "told"),
    [
        ('if TRANSPORT == "stdio":', CHOSEN, False),
        ('if TRANSPORT.lower() == "stdio":', CHOSEN, False),
        ('if TRANSPORT == "stdio":', BRANCHED, False),
        # The application is served by something that does not know of the variable.
        ('if TRANSPORT == "stdio":', EXPORTED, True),
        # Read again with another default, it says stdio where nothing is set and HTTP is spoken.
        ('if os.getenv("TRANSPORT", "stdio") == "stdio":', CHOSEN, True),
        ('if os.getenv("MODE", "stdio") == "stdio":', CHOSEN, True),
        ('if TRANSPORT == "sse":', CHOSEN, True),
        ('if TRANSPORT != "stdio":', CHOSEN, True),
    ],
)
def test_a_check_that_only_stdio_passes_by_counts(asked: str, start: str, told: bool) -> None:
    """It does as long as every start over HTTP depends on the same setting, read in the same way."""
    server = textwrap.dedent(SERVER).format(asked=asked, start=start)
    report = analyze(tree_of({"server.py": server, "settings.py": SETTINGS}))
    assert ("missing-per-tool-authorization" in {finding.rule for finding in report.findings}) is told
