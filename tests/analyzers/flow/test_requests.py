"""What only happens where no HTTP request is being handled is nothing that others can call for."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import os
from contextvars import ContextVar
import httpx
from fastmcp import FastMCP
from starlette.middleware import Middleware
from starlette.responses import JSONResponse

mcp = FastMCP("notes")
{made}


def is_remote() -> bool:
    return active.get()


def mark(on: bool = True) -> None:
    active.set(on)


class Keyed:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        {before}
        if dict(scope["headers"]).get(b"authorization") != KEY:
            await JSONResponse({{}}, status_code=401)(scope, receive, send)
            return
        await self.app(scope, receive, send)
        {behind}


@mcp.tool
def forget(note: str) -> str:
    if {asked}:
        return "not over the network"
    return httpx.delete("https://notes.internal/notes", params={{"n": note}}).text


mcp.run(transport=os.environ["TRANSPORT"], middleware=[Middleware(Keyed)])
"""
MADE = 'active = ContextVar("active", default=False)'


def told(*, made: str = MADE, before: str = "mark()", behind: str = "mark(False)", asked: str = "is_remote()") -> bool:
    """Tell whether the tool is reported as one that every caller may delete with."""
    text = SERVER.format(made=made, before=before, behind=behind, asked=asked)
    return any(item.rule == "missing-per-tool-authorization" for item in analyze(tree_of({"server.py": text})).findings)


@pytest.mark.parametrize(
    ("before", "asked"),
    [
        ("mark()", "is_remote()"),
        ("active.set(True)", "active.get()"),
        ("active.set(True)", "active.get() is not None"),
        ("mark(True)", "is_remote() or note == ''"),
    ],
)
def test_a_variable_that_the_application_sets_for_every_request_parts_them(before: str, asked: str) -> None:
    made = MADE.replace("False", "None") if "None" in asked else MADE

    assert not told(made=made, before=before, asked=asked)


@pytest.mark.parametrize(
    "given",
    [
        {"before": "pass"},
        {"before": 'if scope["path"] == "/mcp":\n            mark()'},
        {"before": "pass", "behind": "mark()"},
        {"before": "active.set(scope.get('user'))", "asked": "active.get()"},
        {"made": 'active = ContextVar("active", default=True)'},
        {"made": 'active = ContextVar("active")'},
        {"asked": "note == ''"},
        {"asked": "not is_remote()"},
    ],
)
def test_a_variable_that_a_request_may_pass_without_parts_nothing(given: dict[str, str]) -> None:
    assert told(**given)


def test_the_header_of_an_application_scope_is_the_credential_of_its_caller() -> None:
    text = SERVER.format(
        made="active = ContextVar('active', default=None)",
        before='active.set(dict(scope["headers"]).get(b"x-notes-token", b"").decode())',
        behind="active.set(None)",
        asked="note == ''",
    ).replace('params={"n": note}', 'params={"n": note}, headers={"x-notes-token": active.get()}')
    (row,) = [tool for tool in analyze(tree_of({"server.py": text})).tools if tool.name == "forget"]

    assert row.authorization.kind == "downstream"


@pytest.mark.parametrize("copied", ["dict(scope)", "scope.copy()", "{**scope}"])
def test_a_header_that_an_application_keeps_of_a_copied_scope_chooses_the_host(copied: str) -> None:
    text = f"""
import os
import httpx
from fastmcp import FastMCP
from fastmcp.server.dependencies import get_http_request
from starlette.middleware import Middleware

mcp = FastMCP("builds")


class Kept:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        copied = {copied}
        headers = dict(copied.get("headers", []))
        url = headers.get(b"x-builds-url")
        copied["state"]["builds_url"] = url.decode() if url else None
        await self.app(copied, receive, send)


@mcp.tool
def builds() -> str:
    url = getattr(get_http_request().state, "builds_url", None) or os.environ["BUILDS_URL"]
    return httpx.get(f"{{url}}/api", auth=("ci", os.environ["BUILDS_PASSWORD"])).text


mcp.run(transport="http", middleware=[Middleware(Kept)])
"""
    (found,) = [item for item in analyze(tree_of({"server.py": text})).findings if item.rule.startswith("ssrf-")]

    assert "`x-builds-url`" in found.message
