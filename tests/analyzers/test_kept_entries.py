"""What middleware keeps of the entry of a token, for the length of a request, and tools ask for."""

import textwrap

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """\
import shutil

import uvicorn
from mcp.server.fastmcp import FastMCP

from auth import AuthMiddleware, may_write

mcp = FastMCP("files", stateless_http=True)


@mcp.tool()
async def drop(name: str) -> dict:
    allowed, reason = may_write()
    if not allowed:
        return {"error": reason}
    shutil.rmtree("/data")
    return {"dropped": name}


app = AuthMiddleware(mcp.streamable_http_app())
uvicorn.run(app, host="0.0.0.0")
"""
AUTH = """\
from contextvars import ContextVar

from tokens import token_info

granted = ContextVar("granted", default={default})


class AuthMiddleware:
    def __init__(self, app):
        self._app = app

    async def __call__(self, scope, receive, send):
        headers = dict(scope.get("headers", []))
        info = token_info(headers.get(b"authorization", b"").decode()[7:])
        if info is None:
            await send({{"type": "http.response.start", "status": 401, "headers": []}})
            await send({{"type": "http.response.body", "body": b""}})
            return
        reset = granted.set({kept})
        try:
            await self._app(scope, receive, send)
        finally:
            granted.reset(reset)


def may_write():
    scope = {read}
    if "files:write" not in scope.split():
        return False, "not granted"
    return True, None
"""
KEPT = """\
ENTRIES = {}


def token_info(token):
    return ENTRIES.get(token)
"""
TOLD = """\
import json


def token_info(token):
    return json.loads(token)
"""


@pytest.mark.parametrize(
    ("kept", "read", "tokens", "told"),
    [
        ('info.scope or ""', "granted.get()", KEPT, False),
        ('info["scope"]', "granted.get()", KEPT, False),
        ("info", "granted.get().scope", KEPT, False),
        # What a token says of itself is no entry of the server.
        ('info["scope"]', "granted.get()", TOLD, True),
        ('headers[b"x-scope"].decode()', "granted.get()", KEPT, True),
    ],
)
def test_what_is_known_of_a_token_is_known_of_its_caller(kept: str, read: str, tokens: str, told: bool) -> None:
    """An entry that is found under the credential of a request says who calls, and what that caller may do."""
    auth = textwrap.dedent(AUTH).format(default='""', kept=kept, read=read)
    report = analyze(tree_of({"server.py": SERVER, "auth.py": auth, "tokens.py": tokens}))
    row = next(row for row in report.tools if row.name == "drop")
    assert (row.authorization.kind != "per_tool") is told


INDEXED = """\
from fastmcp import FastMCP
from pymongo import MongoClient

mcp = FastMCP("notes")
notes = MongoClient("mongodb://db:27017")["notes"]["notes"]


@mcp.tool
def read(name: str, {field}) -> dict:
    notes.create_index({index})
    return notes.find_one({{"name": name}})


mcp.run(transport="http")
"""


@pytest.mark.parametrize(("field", "index", "written"), [("kind: str", '"name"', False), ("field: str", "field", True)])
def test_an_index_that_is_always_there_is_no_change(field: str, index: str, written: bool) -> None:
    """Making one changes data only where the caller says of what."""
    (row,) = analyze(tree_of({"server.py": INDEXED.format(field=field, index=index)})).tools
    assert ("write" in row.capabilities) is written
