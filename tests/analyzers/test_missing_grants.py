"""Lists of what a caller lacks, and what claims are kept in: only an empty list of the one is a check."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
from functools import wraps
import httpx
from fastmcp import FastMCP
from fastmcp.server.auth.providers.jwt import JWTVerifier
from fastmcp.server.dependencies import get_access_token

mcp = FastMCP("shop", auth=JWTVerifier(jwks_uri="https://id.example/jwks", audience="shop"))

class Caller:
    def __init__(self, token):
        self.scopes = token.scopes

def require(required):
    def decorator(func):
        @wraps(func)
        async def wrapper(*args, **kwargs):
            token = get_access_token()
            kept = KEPT
            if not ASKED:
                raise PermissionError("refused")
            return await func(*args, **kwargs)
        return wrapper
    return decorator

@mcp.tool
@require(["shop:refund"])
async def refund(order: str) -> str:
    return httpx.post("https://payments.internal/refunds", json={"order": order}).text

mcp.run(transport="http")
"""
TABLE = '{"client": token.client_id, "scopes": token.claims.get("scope", "").split()}'
LACKED = "[scope for scope in required if scope not in {}]"


@pytest.mark.parametrize(
    ("kept", "asked", "is_check"),
    [
        (LACKED.format("token.scopes"), "(not kept)", True),
        (LACKED.format("set(token.claims.get('scopes', []))"), "(not len(kept))", True),
        (TABLE, f"(not {LACKED.format('kept.get(chr(34))').replace('chr(34)', repr('scopes'))})", True),
        ("[scope for scope in token.scopes if scope not in required]", "(not kept)", False),
        (LACKED.format("token.scopes"), "kept", False),
        (LACKED.format("['shop:refund']"), "(not kept)", False),
        (TABLE, "kept", False),
        ("Caller(token)", "kept", False),
        ("getattr(token, 'claims', None)", "kept", False),
    ],
)
def test_a_caller_who_lacks_nothing_is_checked(kept: str, asked: str, is_check: bool) -> None:
    text = SERVER.replace("KEPT", kept).replace("ASKED", asked)
    (row,) = analyze(tree_of({"server.py": text})).tools
    assert row.authorization.kind == ("per_tool" if is_check else "none")
