"""Middleware that reads its key from a header whose name it is made with, and that is off until there is a key."""

import pytest

from analyzers import Report, analyze
from tests.analyzers.programs import tree_of

KEYS = """
class RequireKey:
    def __init__(self, app, key=None, header_name="X-Api-Key"):
        self.app = app
        self.key = key
        self.header_name = header_name

    async def __call__(self, scope, receive, send):
        if not self.key:
            await self.app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(self.header_name.lower().encode(), b"").decode()
        if given != self.key:
            await send({"type": "http.response.start", "status": 401, "headers": []})
            await send({"type": "http.response.body", "body": b"no"})
            return
        await self.app(scope, receive, send)
"""
SETTINGS = """
import os

class Settings:
    def __init__(self):
        self.key = os.getenv("SHOP_KEY")
        self.named = os.getenv("SHOP_HEADER", "X-Shop-Key")
        self.other = os.getenv("SHOP_HEADER", "X-Request-Id")

settings = Settings()
"""
SERVER = """
import os
import httpx
import uvicorn
from fastmcp import FastMCP
from keys import RequireKey
from settings import settings

mcp = FastMCP("shop")

@mcp.tool
def delete_order(number: str) -> str:
    return httpx.delete("https://shop.internal/orders", params={"n": number}).text

wrapped = RequireKey(mcp.http_app(), GIVEN)
uvicorn.run(wrapped, host="0.0.0.0")
"""
REQUIRED = 'os.environ["SHOP_KEY"]'


def report_on(given: str) -> Report:
    files = {"keys.py": KEYS, "settings.py": SETTINGS, "server.py": SERVER.replace("GIVEN", given)}
    report = analyze(tree_of(files))
    assert report.failures == ()
    return report


@pytest.mark.parametrize("given", [REQUIRED, f"{REQUIRED}, header_name=settings.named", f'{REQUIRED}, "Authorization"'])
def test_a_header_whose_name_a_field_holds_brings_the_key(given: str) -> None:
    report = report_on(given)

    assert "unauthenticated-network-server" not in {found.rule for found in report.findings}
    assert {row.authentication.partition(" ")[0] for row in report.tools} == {"RequireKey"}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (f"{REQUIRED}, header_name=settings.other", "answers everyone: "),
        ("settings.key", "answers everyone until it is configured otherwise: "),
        ('os.getenv("SHOP_KEY")', "answers everyone until it is configured otherwise: "),
    ],
)
def test_another_header_or_a_key_that_nobody_has_set_lets_everyone_in(given: str, told: str) -> None:
    (found,) = [found for found in report_on(given).findings if found.rule == "unauthenticated-network-server"]

    assert told in found.message
