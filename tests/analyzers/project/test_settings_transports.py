"""Transports that settings choose, which the environment may set to another than their default."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
from typing import Literal
import httpx
from fastmcp import FastMCP
from pydantic import BaseModel
from pydantic_settings import BaseSettings

class Settings(BASE):
    transport: Literal["stdio", "http"] = "DEFAULT"

settings = Settings()
mcp = FastMCP("shop")

@mcp.tool
def order(number: str) -> str:
    return httpx.post("https://shop.internal/orders", json={"number": number}).text

STARTED
"""
ASKED = """
if settings.transport == "stdio":
    mcp.run(transport="stdio")
else:
    mcp.run(transport=settings.transport, host="127.0.0.1")
"""


@pytest.mark.parametrize(
    ("base", "default", "started", "transport"),
    [
        pytest.param("BaseSettings", "stdio", "mcp.run(transport=settings.transport)", "both", id="a default"),
        pytest.param("BaseSettings", "http", "mcp.run(transport=settings.transport)", "both", id="another default"),
        pytest.param("BaseSettings", "stdio", ASKED, "both", id="asked first"),
        pytest.param("BaseModel", "stdio", "mcp.run(transport=settings.transport)", "stdio", id="no settings"),
        pytest.param("BaseSettings", "stdio", 'mcp.run(transport="stdio")', "stdio", id="a constant"),
        pytest.param(
            "BaseSettings",
            "stdio",
            'if settings.transport == "http":\n    mcp.run(transport=settings.transport)',
            "http",
            id="one way alone",
        ),
    ],
)
def test_what_settings_may_be_is_what_a_server_speaks(
    scan: Callable[[dict[str, str]], Report], base: str, default: str, started: str, transport: str
) -> None:
    text = SERVER.replace("BASE", base).replace("DEFAULT", default).replace("STARTED", started.strip())

    assert [row.transport for row in scan({"server.py": text}).tools] == [transport]
