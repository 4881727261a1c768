"""Wrappers of tools that find the request among whatever they are given."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
from functools import wraps
import httpx
import uvicorn
from auth0_api_python import ApiClient
from mcp.server.fastmcp import Context, FastMCP
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.routing import Mount

class Verifying(BaseHTTPMiddleware):
    def __init__(self, app, domain):
        super().__init__(app)
        self.client = ApiClient(domain)

    async def dispatch(self, request, call_next):
        header = request.headers.get("authorization")
        if not header:
            raise PermissionError("no token")
        verified = await self.client.verify_access_token(header[7:])
        request.state.auth = self.told(VERIFIED)
        return await call_next(request)

    def told(self, token):
        return {"client_id": token.get("azp"), "scopes": token.get("scope", "").split()}

class Kept:
    request = {"scopes": ["crm:delete"]}

class Remembered:
    def __init__(self):
        self.request_context = Kept()

def require_scopes(required):
    def decorator(func):
        @wraps(func)
        async def wrapper(*args, **kwargs):
            ctx = GIVEN
            auth = HELD
            if not auth:
                raise PermissionError("not authenticated")
            missing = [scope for scope in required if scope not in set(auth.get("scopes", []))]
            MISSING
            return await func(*args, **kwargs)
        return wrapper
    return decorator

mcp = FastMCP("crm")

@mcp.tool()
@require_scopes(["crm:delete"])
async def delete_customer(customer: str, ctx: Context) -> str:
    return httpx.delete("https://crm.internal/customers", params={"id": customer}).text

app = Starlette(routes=[Mount("/", app=mcp.streamable_http_app(), middleware=[Middleware(Verifying, domain="crm")])])
uvicorn.run(app)
"""
REFUSED = """if missing:
                raise PermissionError("missing scopes")"""
NAMED = 'kwargs.get("ctx")'
FOUND = f"({NAMED} if isinstance({NAMED}, Context) else None) or next((one for one in args if one), None)"
HELD = "ctx.request_context.request.state.auth"


@pytest.mark.parametrize(
    ("given", "held", "verified", "is_told"),
    [
        (NAMED, HELD, "verified", False),
        (FOUND, HELD, "verified", False),
        (FOUND, 'getattr(ctx.request_context.request.state, "auth", {})', "verified", False),
        (FOUND, HELD, "request.headers", True),
        (NAMED, 'getattr(ctx.request_context, "access_token", None)', "verified", True),
        ("Remembered()", "ctx.request_context.request", "verified", True),
    ],
)
def test_what_a_wrapper_finds_in_the_request_is_the_callers(
    given: str, held: str, verified: str, is_told: bool
) -> None:
    text = (
        SERVER.replace("MISSING", REFUSED).replace("GIVEN", given).replace("HELD", held).replace("VERIFIED", verified)
    )
    (row,) = analyze(tree_of({"server.py": text})).tools
    assert row.authorization.kind == ("none" if is_told else "per_tool")


@pytest.mark.parametrize("held", [HELD, 'getattr(ctx.request_context.request.state, "auth", {})'])
def test_that_something_is_held_of_a_caller_authorizes_no_tool(held: str) -> None:
    text = SERVER.replace("MISSING", "pass").replace("GIVEN", NAMED).replace("HELD", held)
    (row,) = analyze(tree_of({"server.py": text.replace("VERIFIED", "verified")})).tools
    assert (row.authorization.kind, row.authorization.claim) == ("uniform", "credential")
