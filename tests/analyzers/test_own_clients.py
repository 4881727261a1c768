"""Clients that a call makes for itself, of a class that other entry points make with their callers' tokens."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """\
import os
import httpx
from fastmcp import FastMCP
from fastmcp.server.dependencies import get_access_token

mcp = FastMCP("shop", auth=verifier)

class Client:
    def __init__(self, http: httpx.Client) -> None:
        self.http = http

    def get(self, path: str) -> str:
        return self.http.get(path).text

def of_caller() -> Client:
    headers = {"Authorization": f"Bearer {get_access_token().token}"}
    return Client(httpx.Client(base_url="https://orders.internal", headers=headers))

@mcp.tool
def list_orders() -> str:
    return of_caller().get("all")

@mcp.tool
def list_carts() -> str:
    return of_caller().get("carts")

@mcp.tool
def count_orders() -> int:
BODY

mcp.run(transport="http")
"""
OWN = """\
    client = Client(httpx.Client(base_url="https://orders.internal", auth=("robot", os.environ["ROBOT_PASSWORD"])))
    return len(client.get("all"))
"""
PUT = """\
    http = httpx.Client(base_url="https://orders.internal")
    http.headers["Authorization"] = f"Bearer {get_access_token().token}"
    return len(Client(http).get("all"))
"""
SHARED = """\
    return len(of_caller().get("all"))
"""


@pytest.mark.parametrize(("body", "tools"), [(OWN, set()), (PUT, {"count_orders"}), (SHARED, {"count_orders"})])
def test_a_client_that_a_call_makes_without_a_token_hands_none_on(body: str, tools: set[str]) -> None:
    report = analyze(tree_of({"server.py": SERVER.replace("BODY", body)}))
    found = [item for item in report.findings if item.rule == "token-passthrough"]

    assert {tool.rpartition(":")[2] for item in found for tool in item.tools} == {"list_orders", "list_carts", *tools}
