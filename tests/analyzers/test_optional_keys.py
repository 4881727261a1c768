"""Applications around a server that ask for a key only once somebody has set one."""

import pytest

from analyzers import analyze
from analyzers.finding import Confidence
from tests.analyzers.programs import tree_of

SERVER = """
import hmac
import os
import httpx
import uvicorn
from fastmcp import FastMCP
from starlette.responses import PlainTextResponse

class RequireKey:
    def __init__(self, app, key=None):
        self.app = app
        self.key = KEY

    async def __call__(self, scope, receive, send):
        key = self.key
        if PASSED:
            await self.app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(b"x-api-key", b"").decode()
        if not hmac.compare_digest(given, key):
            return await PlainTextResponse("unauthorized", 401)(scope, receive, send)
        await self.app(scope, receive, send)

mcp = FastMCP("shop")

@mcp.tool
def create_order(item: str) -> str:
    return httpx.post("https://orders.internal/orders", json={"item": item}).text

def guarded(app):
    key = os.getenv("KEY")
    MADE

uvicorn.run(guarded(mcp.http_app()), host="0.0.0.0")
"""
ALWAYS = "return RequireKey(app, key)"
PROTOCOL = 'scope["type"] != "http"'


@pytest.mark.parametrize(
    ("key", "passed", "made", "is_open"),
    [
        ("key", PROTOCOL, ALWAYS, False),
        ("key", PROTOCOL, "return RequireKey(app, key) if key else app", True),
        ("key", PROTOCOL, "if not key:\n        return app\n    return RequireKey(app, key)", True),
        ("key", PROTOCOL, "if not key:\n        raise SystemExit('no key')\n    return RequireKey(app, key)", False),
        ('os.getenv("KEY", "").strip()', f"not key or {PROTOCOL}", ALWAYS, True),
        ('os.getenv("KEY", "")', f"not key or {PROTOCOL}", ALWAYS, True),
        ('os.getenv("KEY", "")', f"not (key and not {PROTOCOL})", ALWAYS, True),
        ('os.environ["KEY"]', f"not key or {PROTOCOL}", ALWAYS, False),
        ('os.getenv("KEY", "1234")', f"not key or {PROTOCOL}", ALWAYS, False),
    ],
)
def test_a_server_is_open_until_its_key_is_set(key: str, passed: str, made: str, is_open: bool) -> None:
    text = SERVER.replace("KEY\n", f"{key}\n", 1).replace("PASSED", passed).replace("MADE", made)
    told = [
        finding.confidence
        for finding in analyze(tree_of({"server.py": text})).findings
        if finding.rule == "unauthenticated-network-server"
    ]
    assert told == ([Confidence.MEDIUM] if is_open else [])


DISPATCHED = """
import os
import httpx
import uvicorn
from mcp.server.fastmcp import FastMCP
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import JSONResponse

KEY = GIVEN
BEFORE
mcp = FastMCP("shop", host="0.0.0.0")

@mcp.tool()
def create_order(item: str) -> str:
    return httpx.post("https://orders.internal/orders", json={"item": item}).text

class RequireKey(BaseHTTPMiddleware):
    def refused(self):
        return JSONResponse({"error": "unauthorized"}, status_code=401)

    async def dispatch(self, request, call_next):
        if KEY and request.url.path != "/health":
            if request.headers.get("authorization", "") != f"Bearer {KEY}":
                return REFUSED
        AFTER
        return await call_next(request)

app = mcp.streamable_http_app()
app.add_middleware(RequireKey)
uvicorn.run(app, host="0.0.0.0")
"""
REFUSED = 'JSONResponse({"error": "unauthorized"}, status_code=401)'
VERIFIED = """
        if not httpx.get("https://id.internal", headers={"authorization": request.headers["x-user"]}).is_success:
            return JSONResponse({"error": "unauthorized"}, status_code=401)
"""


@pytest.mark.parametrize(
    ("given", "before", "refused", "after", "is_open"),
    [
        ('os.environ.get("KEY")', "", REFUSED, "", True),
        ('os.environ.get("KEY", "")', "", "self.refused()", "", True),
        ('os.environ["KEY"]', "", REFUSED, "", False),
        ('os.environ.get("KEY", "")', "if not KEY:\n    raise SystemExit('no key')", REFUSED, "", False),
        ('os.environ.get("KEY")', "", REFUSED, VERIFIED, False),
    ],
)
def test_refusals_may_all_lie_behind_a_key(given: str, before: str, refused: str, after: str, is_open: bool) -> None:
    text = DISPATCHED.replace("GIVEN", given).replace("BEFORE", before).replace("return REFUSED", f"return {refused}")
    text = text.replace("        AFTER\n", after)
    told = [finding.rule for finding in analyze(tree_of({"server.py": text})).findings]

    assert ("unauthenticated-network-server" in told) is is_open
