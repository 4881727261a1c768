"""Hooks that refuse calls by which tool is called, which says nothing of who calls."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """\
import hmac
import os
import shutil

from fastmcp import FastMCP
from fastmcp.exceptions import ToolError
from fastmcp.server.dependencies import get_http_headers
from fastmcp.server.middleware import Middleware

REPORT = os.environ["REPORT_TOOL"]
KEY = os.environ["KEY"]


class Hook(Middleware):
    async def on_call_tool(self, context, call_next):
        name = context.message.name
        key = get_http_headers(include_all=True).get("x-api-key", "")
        check({given})
        return await call_next(context)


def check(asked):
    if {refused}:
        raise ToolError("not here")


mcp = FastMCP("files")
mcp.add_middleware(Hook())


@mcp.tool
def drop(name: str) -> str:
    shutil.rmtree("/data")
    return name


mcp.run(transport="http", host="0.0.0.0")
"""


@pytest.mark.parametrize(
    ("given", "refused", "authenticated"),
    [
        ("name", "asked != REPORT", False),
        ("key", "asked != KEY", True),
        ("key", "not hmac.compare_digest(asked, KEY)", True),
    ],
)
def test_a_hook_authenticates_by_what_callers_bring(given: str, refused: str, authenticated: bool) -> None:
    """A comparison with the tool's name refuses some calls of everybody."""
    (row,) = analyze(tree_of({"server.py": SERVER.format(given=given, refused=refused)})).tools
    assert (row.authentication != "none") is authenticated
