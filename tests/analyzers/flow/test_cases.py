"""Requests by a method that callers name, queries that are built, and tables in memory."""

from collections.abc import Callable

from analyzers import Report

SERVER = """
import httpx
from fastmcp import FastMCP
from supabase import create_client

mcp = FastMCP("crm")
store = create_client("https://store.internal", KEY)

async def ask(path: str, method: str = "GET", data: dict | None = None) -> dict:
    url = "https://crm.internal" + path
    async with httpx.AsyncClient() as client:
        if method.upper() == "GET":
            response = await client.get(url)
        elif method.upper() == "POST":
            response = await client.post(url, json=data)
        elif method.upper() == "DELETE":
            response = await client.delete(url)
        else:
            raise ValueError(method)
    return response.json()

@mcp.tool
async def list_customers() -> dict:
    return await ask("/customers")

@mcp.tool
async def add_customer(name: str) -> dict:
    return await ask("/customers", "POST", {"name": name})

@mcp.tool
async def delete_customer(number: str) -> dict:
    return await ask("/customers/1", method="DELETE")

@mcp.tool
async def any_request(method: str) -> dict:
    return await ask("/", method)

@mcp.tool
def prices(symbol: str) -> list:
    query = store.table("prices").select("*").eq("symbol", symbol)
    query = query.order("day").limit(5)
    return query.execute().data

@mcp.tool
def drop_prices(symbol: str) -> list:
    return store.table("prices").delete().eq("symbol", symbol).execute().data

mcp.run(transport="http")
"""


def test_a_helper_sends_what_its_caller_asks_for(scan: Callable[[dict[str, str]], Report]) -> None:
    found = {row.name: row.capabilities for row in scan({"server.py": SERVER}).tools}

    assert found == {
        "list_customers": ("read-public",),
        "add_customer": ("write",),
        "delete_customer": ("destroy",),
        "any_request": ("destroy", "write", "read-public"),
        "prices": ("read-private",),
        "drop_prices": ("destroy",),
    }


CLIENT = """
import httpx
from fastmcp import FastMCP

mcp = FastMCP("crm")

class Client:
    async def get(self, path: str) -> dict:
        return (await self._send("GET", path)).json()

    async def delete(self, path: str) -> dict:
        return (await self._send("DELETE", path)).json()

    async def _send(self, method: str, path: str):
        async with httpx.AsyncClient() as client:
            return await client.request(method, "https://crm.internal" + path)

async def ask(method: str, path: str, tries: int = 2) -> dict:
    client = Client()
    if method == "GET":
        return await client.get(path)
    if method == "DELETE":
        return await client.delete(path)
    return await ask(method, path, tries - 1) if tries else {}

@mcp.tool
async def list_customers() -> dict:
    return await ask("GET", "/customers")

@mcp.tool
async def drop_customer() -> dict:
    return await ask("DELETE", "/customers/1")

@mcp.tool
async def any_request(method: str) -> dict:
    return await ask(method, "/")

mcp.run(transport="http")
"""


def test_a_helper_asks_a_client_of_the_program_for_what_its_caller_names(
    scan: Callable[[dict[str, str]], Report],
) -> None:
    found = {row.name: row.capabilities for row in scan({"server.py": CLIENT}).tools}

    assert found == {
        "list_customers": ("read-public",),
        "drop_customer": ("destroy",),
        "any_request": ("destroy", "read-public"),
    }
