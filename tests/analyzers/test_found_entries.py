"""Callers that tools know by what is kept under their credential, beside keys of anything else."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import contextvars
import hashlib
import hmac
import json
import os
import sqlite3
import redis
import uvicorn
from fastmcp import FastMCP
from fastmcp.server.dependencies import get_http_headers
from starlette.middleware.base import BaseHTTPMiddleware

mcp = FastMCP("files")
kept = contextvars.ContextVar("kept", default=None)
KEYS = json.loads(os.environ["KEYS"])
rows = sqlite3.connect("users.db")
store = redis.Redis()

def user_of(key: str) -> str | None:
{lookup}

class Keeping(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        kept.set({keeping})
        return await call_next(request)

@mcp.tool
def remove(name: str{parameter}) -> str:
{asked}
    os.remove("/data/" + os.path.basename(name))
    return "removed"

app = mcp.http_app()
app.add_middleware(Keeping)
uvicorn.run(app, host="0.0.0.0")
"""
TABLE = "    return KEYS.get(key)"
ROW = """
    digest = hashlib.sha256(key.encode()).hexdigest()
    row = rows.execute("SELECT name FROM users WHERE digest = ?", (digest,)).fetchone()
    return row[0] if row is not None else None
"""
LOOP = """
    for entry in KEYS:
        if hmac.compare_digest(entry["api_key"], key):
            return entry["name"]
    return None
"""
SENT = 'request.headers.get("x-api-key")'
ASKED = """
    user = user_of({key})
    if user is None:
        raise PermissionError("no")
"""
HEADER = ASKED.format(key='get_http_headers().get("x-api-key", "")')
KEPT = ASKED.format(key="kept.get()")
USER = ASKED.replace("user_of({key})", "kept.get()")


def is_told(lookup: str, keeping: str, asked: str, parameter: str = "") -> bool:
    """Tell whether a server is said to answer everyone."""
    text = SERVER.format(lookup=lookup, keeping=keeping, asked=asked, parameter=parameter)
    return "unauthenticated-network-server" in {found.rule for found in analyze(tree_of({"server.py": text})).findings}


@pytest.mark.parametrize("lookup", [TABLE, ROW, LOOP, '    return store.get(f"key:{key}")'])
@pytest.mark.parametrize(("keeping", "asked"), [("None", HEADER), (SENT, KEPT)])
def test_a_caller_is_known_by_what_is_kept_under_the_credential(lookup: str, keeping: str, asked: str) -> None:
    assert not is_told(lookup, keeping, asked)


@pytest.mark.parametrize("lookup", [TABLE, ROW, '    return store.get(f"key:{key}")'])
def test_a_middleware_may_keep_whom_it_found(lookup: str) -> None:
    assert not is_told(lookup, f"user_of({SENT})", USER)


@pytest.mark.parametrize(
    ("lookup", "asked"),
    [
        ('    return KEYS.get(key, "guest")', HEADER),
        ('    return KEYS.get(key) or "guest"', HEADER),
        ('    return KEYS.get("guest")', HEADER),
        ("    return key", HEADER),
        ('    return key.removeprefix("Bearer ")', HEADER),
        (TABLE, HEADER.replace("raise PermissionError", "print")),
        (TABLE, HEADER.replace("is None", "is not None")),
        (TABLE, ASKED.format(key='get_http_headers().get("x-language")')),
        (TABLE, ASKED.format(key="name")),
    ],
)
def test_whoever_is_not_refused_or_not_asked_for_a_credential_is_everyone(lookup: str, asked: str) -> None:
    assert is_told(lookup, "None", asked)


@pytest.mark.parametrize(("name", "told"), [("api_key", False), ("key", True), ("confirm_token", True)])
def test_a_parameter_is_a_credential_by_its_name(name: str, told: bool) -> None:
    assert is_told(TABLE, "None", ASKED.format(key=name), f", {name}: str") is told
