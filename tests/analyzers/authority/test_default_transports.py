"""How sure an open server is whose transport and authentication are settings: what counts is what they are unset."""

import pytest

from analyzers import analyze
from analyzers.finding import Confidence
from tests.analyzers.programs import tree_of

SERVER = """
import os
from dataclasses import dataclass
import httpx
from fastmcp import FastMCP
from fastmcp.server.auth.providers.jwt import JWTVerifier

@dataclass
class Config:
    transport: str = "http"
    sign_in: bool = False

def load() -> Config:
    return Config(
        transport=os.getenv("SHOP_TRANSPORT", "{default}"),
        sign_in=os.getenv("SHOP_SIGN_IN", "false").lower() == "true",
    )

config = load()
auth = None
if config.sign_in:
    auth = JWTVerifier(jwks_uri="https://id.example/jwks", audience="shop")
mcp = FastMCP("shop", auth=auth)

@mcp.tool
def cancel(order: str) -> str:
    return httpx.delete("https://orders.internal/orders", params={{"id": order}}).text

if config.transport == "stdio":
    mcp.run(transport="stdio")
else:
    mcp.run(transport=config.transport, host="0.0.0.0")
"""


@pytest.mark.parametrize(("default", "sure"), [("http", Confidence.MEDIUM), ("stdio", Confidence.LOW)])
def test_a_server_that_is_open_over_http_unless_told_otherwise_is_loud(default: str, sure: Confidence) -> None:
    report = analyze(tree_of({"server.py": SERVER.format(default=default)}))
    (found,) = [item for item in report.findings if item.rule == "unauthenticated-network-server"]

    assert found.confidence is sure
