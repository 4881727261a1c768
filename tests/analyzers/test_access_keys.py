"""Keys that callers have to show, where nobody sets another one than the code has."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import hmac
import logging
import os
import sys
from fastmcp import FastMCP
from fastmcp.server.auth import AccessToken, TokenVerifier
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import JSONResponse

logger = logging.getLogger(__name__)
SETTING

class Verifier(TokenVerifier):
    async def verify_token(self, token):
        if COMPARED:
            return AccessToken(token=token, client_id="a", scopes=[])
        return None

mcp = FastMCP("shop", auth=Verifier())

@mcp.tool
def order(number: str) -> str:
    return number

mcp.run(transport="http", host="0.0.0.0")
"""
KEY = 'KEY = os.getenv("SHOP_API_KEY", "shop-dev-1")'
SAME = "hmac.compare_digest(token, KEY)"


def _is_told(setting: str, compared: str) -> bool:
    text = SERVER.replace("SETTING", setting).replace("COMPARED", compared)
    findings = analyze(tree_of({"server.py": text})).findings
    return any("that callers show is a constant" in finding.message for finding in findings)


@pytest.mark.parametrize(
    ("setting", "compared"),
    [
        (KEY, SAME),
        (KEY, "token == KEY"),
        (KEY, "hmac.compare_digest(token.encode(), KEY.encode())"),
        ('KEY = os.environ.get("SHOP_API_KEY") or "shop-dev-1"', SAME),
        (f'{KEY}\nif KEY == "shop-dev-1":\n    logger.warning("set SHOP_API_KEY")', SAME),
    ],
)
def test_a_key_with_a_known_default_is_told(setting: str, compared: str) -> None:
    assert _is_told(setting, compared)


@pytest.mark.parametrize(
    ("setting", "compared"),
    [
        ('KEY = os.environ["SHOP_API_KEY"]', SAME),
        ('KEY = os.getenv("SHOP_API_KEY", "")', f"KEY and {SAME}"),
        (f'{KEY}\nif KEY == "shop-dev-1":\n    raise RuntimeError("set SHOP_API_KEY")', SAME),
        (f'{KEY}\nif KEY == "shop-dev-1":\n    logger.error("set SHOP_API_KEY")\n    sys.exit(1)', SAME),
        ('KEY = os.environ["SHOP_API_KEY"]\nMODE = os.getenv("SHOP_MODE", "dev")', f"{SAME} and MODE == 'dev'"),
    ],
)
def test_a_key_that_somebody_has_to_set_is_not(setting: str, compared: str) -> None:
    assert not _is_told(setting, compared)


HELPERS = """
def seal(text):
    return hmac.new(os.environ["SECRET"].encode(), text.encode(), "sha256").hexdigest()

def plain(text):
    return text.strip()

def is_same(given, expected):
    return hmac.compare_digest(given, expected)

def is_sealed(order, given):
    return hmac.compare_digest(given, seal(order))

def approve(order):
    return is_sealed(order, "tested by hand")
"""


@pytest.mark.parametrize(
    ("compared", "told"),
    [('is_same(plain(token), "shop-dev-1")', True), ("is_sealed(token, token) and approve(token)", False)],
)
def test_a_constant_that_is_given_in_the_place_of_what_a_caller_shows_is_no_key(compared: str, told: bool) -> None:
    assert _is_told(HELPERS, compared) is told


SETTINGS = """
from pydantic_settings import BaseSettings

class Settings(BaseSettings):
    access_key: FIELD

settings = Settings()
"""
GATE = """
from settings import settings

class Gate:
    def __init__(self, app, key):
        self.app = app
        self.KEPT = key

    async def __call__(self, scope, receive, send):
        headers = dict(scope.get("headers", []))
        shown = headers.get(b"authorization", b"").decode()[7:]
        if COMPARED:
            await send({"type": "http.response.start", "status": 401, "headers": []})
            return
        await self.app(scope, receive, send)
"""
GATED = """
import uvicorn
from fastmcp import FastMCP
from gate import Gate
from settings import settings

mcp = FastMCP("shop")

@mcp.tool
def order(number: str) -> str:
    return number

uvicorn.run(Gate(mcp.http_app(), settings.access_key), host="0.0.0.0")
"""


@pytest.mark.parametrize(
    ("field", "kept", "compared", "told"),
    [
        pytest.param('str = "change-me"', "api_key", "shown != self.api_key", True, id="a default of a field"),
        pytest.param('str = "change-me"', "api_key", "self.api_key != shown", True, id="the other way round"),
        pytest.param("str", "api_key", "shown != self.api_key", False, id="a field that has to be set"),
        pytest.param('str = ""', "api_key", "shown != self.api_key", False, id="an empty default"),
        pytest.param('str = "change-me"', "api_key", 'self.api_key != ""', False, id="a test that one is set"),
        pytest.param('str = "change-me"', "api_key", 'token(shown) != "Bearer"', False, id="a constant beside it"),
    ],
)
def test_a_key_that_settings_have_is_told_where_what_is_sent_is_compared_with_it(
    field: str, kept: str, compared: str, told: bool
) -> None:
    gate = GATE.replace("KEPT", kept).replace("COMPARED", compared)
    tree = tree_of({"settings.py": SETTINGS.replace("FIELD", field), "gate.py": gate, "serving.py": GATED})

    assert any("that callers show is a constant" in finding.message for finding in analyze(tree).findings) is told
