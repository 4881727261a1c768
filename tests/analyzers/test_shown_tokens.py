"""A token that is shown to its issuer is not handed on, whatever the address is called."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

PROGRAM = """
import os
import httpx
from fastmcp import FastMCP
from fastmcp.server.auth.providers.jwt import JWTVerifier
from fastmcp.server.dependencies import get_access_token

mcp = FastMCP("orders", auth=JWTVerifier(jwks_uri="https://id.example/jwks", audience="orders"))

def {name}(token: str) -> dict:
    return httpx.get(os.environ["ADDRESS"], headers={{"Authorization": f"Bearer {{token}}"}}).json()

@mcp.tool
def whoami() -> dict:
    return {name}(get_access_token().token)

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("name", "told"), [("_get_user_info", False), ("introspect_token", False), ("orders_of", True)]
)
def test_a_token_may_be_shown_to_its_issuer(name: str, told: bool) -> None:
    found = analyze(tree_of({"server.py": PROGRAM.format(name=name)})).findings

    assert ("token-passthrough" in {one.rule for one in found}) is told
