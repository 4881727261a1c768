"""The application of the SDK that asks for a token, made around the server by hand."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import os
from fastapi import FastAPI
from mcp.server.fastmcp import FastMCP
from mcp.server.auth.middleware.bearer_auth import BearerAuthBackend, RequireAuthMiddleware
from starlette.middleware.authentication import AuthenticationMiddleware
from pydantic_settings import BaseSettings
from provider import verifier

class Settings(BaseSettings):
    MCP_REQUIRE_AUTH: bool = DEFAULT

settings = Settings()
mcp = FastMCP("files")

@mcp.tool()
def remove(path: str) -> str:
    os.remove(path)
    return "ok"

def guard(inner):
    guarded = RequireAuthMiddleware(inner, required_scopes=["files"])
    guarded = AuthenticationMiddleware(guarded, backend=BearerAuthBackend(verifier))
    return guarded

app = FastAPI()
inner = mcp.streamable_http_app()
if settings.MCP_REQUIRE_AUTH:
    app.mount("/mcp", GUARDED)
else:
    app.mount("/mcp", inner)
"""
OPEN = "unauthenticated-network-server"


@pytest.mark.parametrize(
    ("default", "guarded", "is_open"),
    [("True", "guard(inner)", False), ("False", "guard(inner)", True), ("True", "inner", True)],
)
def test_a_server_behind_it_is_authenticated_unless_it_is_off_by_default(
    default: str, guarded: str, is_open: bool
) -> None:
    text = SERVER.replace("DEFAULT", default).replace("GUARDED", guarded)
    rules = {finding.rule for finding in analyze(tree_of({"server.py": text})).findings}
    assert (OPEN in rules) == is_open
