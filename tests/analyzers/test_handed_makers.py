"""What makes a client is handed on as a function: the client is what calls pass, whatever is said of its type."""

import pytest

from analyzers import analyze
from tests.analyzers.rules.test_rules import tree_of

SERVER = """
from client import Client
from fastmcp import FastMCP
import tools

def build() -> FastMCP:
    client = Client()
    mcp = FastMCP("crm")

    def get_client() -> Client:
        return client

    tools.register(mcp, get_client)
    return mcp

build().run(transport="http")
"""
CLIENT = """
import httpx

class Client:
    def __init__(self):
        self.http = httpx.AsyncClient(base_url="https://crm.internal")

    async def request(self, method, path, **options):
        return await self.http.request(method, path, **options)
"""
TOOLS = """
from collections.abc import Callable
from typing import Any
from client import Client

def register(mcp, get_client: TYPE):
    @mcp.tool
    async def create(fields: dict) -> dict:
        return (await get_client().request("POST", "/records", json=fields)).json()

    @mcp.tool
    async def find() -> dict:
        return (await get_client().request("GET", "/records")).json()
"""


@pytest.mark.parametrize("declared", ["Callable[[], Client]", "Callable", "Any"])
def test_what_calls_pass_counts_more_than_a_type_that_says_little(declared: str) -> None:
    files = {"server.py": SERVER, "client.py": CLIENT, "tools.py": TOOLS.replace("TYPE", declared)}
    rows = analyze(tree_of(files)).tools

    assert {row.name: "write" in row.capabilities for row in rows} == {"create": True, "find": False}
