"""Servers without authentication that are made in the stead of one with it, as long as nobody makes a setting."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
import os
import httpx
from fastmcp import FastMCP
from fastmcp.server.auth.providers.jwt import JWTVerifier
from pydantic_settings import BaseSettings

class Settings(BaseSettings):
    issuer: str | None = None
    audience: str = ""
    host: str = "0.0.0.0"
    required: str = "https://id.example"

settings = Settings()

if CONDITION:
    mcp = FIRST
else:
    mcp = SECOND

@mcp.tool
def drop(number: str) -> str:
    return httpx.delete("https://shop.internal/orders", params={"number": number}).text

mcp.run(transport="http", host=HOST)
"""
GUARDED = 'FastMCP("shop", auth=JWTVerifier(jwks_uri=settings.issuer, audience=settings.audience))'
OPEN = 'FastMCP("shop")'


def told(scan: Callable[[dict[str, str]], Report], condition: str, made: tuple[str, str], host: str) -> list[str]:
    text = SERVER.replace("CONDITION", condition).replace("FIRST", made[0]).replace("SECOND", made[1])
    report = scan({"server.py": text.replace("HOST", host)})
    assert [row.name for row in report.tools] == ["drop"]
    return [item.message for item in report.findings if item.rule == "unauthenticated-network-server"]


@pytest.mark.parametrize(
    ("condition", "made"),
    [
        ("settings.issuer", (GUARDED, OPEN)),
        ("settings.issuer and settings.audience", (GUARDED, OPEN)),
        ("os.environ.get('ISSUER')", (GUARDED, OPEN)),
        ("not settings.issuer", (OPEN, GUARDED)),
    ],
)
def test_server_is_open_until_it_is_configured(
    scan: Callable[[dict[str, str]], Report], condition: str, made: tuple[str, str]
) -> None:
    (message,) = told(scan, condition, made, "settings.host")

    assert "until it is configured otherwise" in message


@pytest.mark.parametrize(
    ("condition", "made", "host"),
    [
        ("settings.issuer", (GUARDED, OPEN), "'127.0.0.1'"),
        ("settings.required", (GUARDED, OPEN), "settings.host"),
        ("settings.issuer", (GUARDED, GUARDED), "settings.host"),
    ],
)
def test_server_is_not_where_that_is_not_what_comes_of_it(
    scan: Callable[[dict[str, str]], Report], condition: str, made: tuple[str, str], host: str
) -> None:
    assert told(scan, condition, made, host) == []
