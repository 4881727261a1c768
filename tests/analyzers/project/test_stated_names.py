"""Local names that are said to be something where what they are set to leads nowhere."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import os
import httpx
from fastmcp import Context, FastMCP
from fastmcp.server.dependencies import get_http_request
from fastmcp.server.middleware import Middleware

KEY = os.environ["SHOP_API_KEY"]

class Client:
    def __init__(self, base, key):
        self.base = base
        self.key = key

    def get(self, path):
        return httpx.get(f"{self.base}{path}", headers={"Authorization": f"Bearer {self.key}"}).text

class Other:
    def get(self, path):
        return path

class Session(Middleware):
    async def on_message(self, context, call_next):
        base = GIVEN
        context.fastmcp_context.set_state("client", Client(base, KEY))
        return await call_next(context)

mcp = FastMCP("shop", middleware=[Session()])

@mcp.tool
def orders(ctx: Context) -> str:
    client: SAID = ctx.get_state("client")
    return client.get("/orders")

mcp.run(transport="http")
"""
OF_CALLERS = 'get_http_request().headers.get("X-Api-Url", "https://orders.internal")'


@pytest.mark.parametrize(
    ("given", "said", "is_told"),
    [
        (OF_CALLERS, "Client", True),
        (OF_CALLERS, '"Client"', True),
        (OF_CALLERS, "Client | None", True),
        ('"https://orders.internal"', "Client", False),
        (OF_CALLERS, "Other", False),
        (OF_CALLERS, "dict", False),
    ],
)
def test_what_a_name_is_said_to_be_is_called(given: str, said: str, is_told: bool) -> None:
    report = analyze(tree_of({"server.py": SERVER.replace("GIVEN", given).replace("SAID", said)}))

    assert ("ssrf-model-controlled-host" in {finding.rule for finding in report.findings}) is is_told
