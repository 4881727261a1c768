"""Addresses that are put into a table in steps, and passed on by `**table`."""

from collections.abc import Callable

from analyzers import Report

SERVER = """
import os
from urllib.parse import urlencode
import httpx
from fastmcp import FastMCP

mcp = FastMCP("agents")
BASE = os.environ["AGENTS_URL"]

async def send(method: str, url: str, json: dict | None = None) -> dict:
    async with httpx.AsyncClient() as client:
        return (await client.request(method, url, json=json)).json()

async def ask(url: str, params: dict | None = None) -> dict:
    sent = {"method": "GET", "url": url}
    if params:
        sent["url"] = f"{url}?{urlencode(params)}"
    return await send(**sent)

async def follow(link: str, again: bool) -> dict:
    sent = {"method": "GET", "url": link}
    if again:
        sent["url"] = BASE
    return await send(**sent)

@mcp.tool
async def agent(key: str) -> dict:
    return await ask(f"{BASE}/agents/{key}/events")

@mcp.tool
async def page(link: str) -> dict:
    return await follow(link, False)

mcp.run()
"""


def test_an_entry_that_is_put_in_later_keeps_the_host_and_another_does_not_hide_the_first(
    scan: Callable[[dict[str, str]], Report],
) -> None:
    found = [item for item in scan({"server.py": SERVER}).findings if item.rule == "ssrf-model-controlled-host"]

    assert [tool.rpartition(":")[2] for item in found for tool in item.tools] == ["page"]
