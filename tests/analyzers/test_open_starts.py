"""Servers that are started in two ways, of which one asks for authentication, and what is only saved into memory."""

import pytest

from analyzers import analyze
from analyzers.finding import Severity
from tests.analyzers.programs import tree_of

SERVER = """\
import os
import uvicorn
import httpx
from fastmcp import FastMCP
from fastmcp.exceptions import ToolError
from fastmcp.server.auth.providers.jwt import JWTVerifier
from fastmcp.server.dependencies import get_access_token
from fastmcp.server.middleware import Middleware
from starlette.applications import Starlette
from starlette.routing import Mount

MODE = os.environ.get("AUTH_MODE", "none")

def provider():
    if MODE == "oauth":
        return JWTVerifier(jwks_uri="https://id.internal/jwks", audience="shop")
    return None

AUTH = provider()
mcp = FastMCP("shop", auth=AUTH)

class Scopes(Middleware):
    async def on_call_tool(self, context, call_next):
        token = get_access_token()
        if token is None or context.message.name not in token.scopes:
            raise ToolError("forbidden")
        return await call_next(context)

CHECKED

@mcp.tool
def delete_order(number: str) -> str:
    return httpx.delete(f"https://shop.internal/{number}").text

def authenticated(auth):
    inner = mcp.http_app(path="/")  # asking
    return Starlette(routes=[*auth.get_well_known_routes(), Mount("/mcp", app=inner)])

def build():
    if MODE in ("oauth",) and AUTH is not None:
        return authenticated(AUTH)
    return OPEN

uvicorn.run(build(), host="127.0.0.1")
"""


@pytest.mark.parametrize(
    ("checked", "open_app", "severity", "place"),
    [
        ("if AUTH is not None:\n    mcp.add_middleware(Scopes())", "mcp.http_app()  # open", Severity.MEDIUM, "open"),
        ("mcp.add_middleware(Scopes())", "mcp.http_app()  # open", Severity.LOW, "open"),
        ("if AUTH is not None:\n    mcp.add_middleware(Scopes())", "None", Severity.LOW, "asking"),
    ],
)
def test_the_start_that_asks_for_nothing_is_shown(checked: str, open_app: str, severity: Severity, place: str) -> None:
    text = SERVER.replace("CHECKED", checked).replace("OPEN", open_app)
    (found,) = (item for item in analyze(tree_of({"server.py": text})).findings if item.rule == "origin-validation-off")
    assert text.splitlines()[found.location.line - 1].endswith(f"# {place}")
    assert found.severity is severity


SAVING = """\
import io
import openpyxl
from fastmcp import FastMCP

mcp = FastMCP("sheets", auth=verifier)

@mcp.tool
def exported(name: str) -> bytes:
    book = openpyxl.Workbook()
    target = TARGET
    book.save(target)
    return b""

mcp.run(transport="http")
"""


@pytest.mark.parametrize(("target", "told"), [("io.BytesIO()", False), ('f"/srv/{name}.xlsx"', True)])
def test_what_is_saved_into_memory_changes_nothing(target: str, told: bool) -> None:
    tools = analyze(tree_of({"server.py": SAVING.replace("TARGET", target)})).tools
    assert ("write" in tools[0].capabilities) is told
