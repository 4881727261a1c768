"""Methods of a client that are got by a name: each caller does what the name that it passes says."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import os
import httpx
import logging
from fastmcp import FastMCP
from notion_client import AsyncClient

mcp = FastMCP("notion")
HEADERS = {"Authorization": os.environ["NOTION_TOKEN"]}
client = AsyncClient(auth=os.environ["NOTION_TOKEN"])
plain = AsyncClient()
logger = logging.getLogger("notion")

async def one(method, **options):
    return await getattr(client.blocks, method)(**options)

async def lowered(method, path, **options):
    found = client
    for part in [part for part in path.strip("/").split("/") if part]:
        found = getattr(found, part)
    run = getattr(found, method.lower())
    return await run(**options)

async def dotted(method, **options):
    found = client
    for part in method.split("."):
        found = getattr(found, part)
    return await found(**options)

async def without_key(method, **options):
    return await getattr(plain.blocks, method)(**options)

async def asked(method, path):
    async with httpx.AsyncClient(base_url="https://notion.example", headers=HEADERS) as http:
        return await getattr(http, method)(path)

def say(level, text):
    getattr(logger, level)(text)

@mcp.tool
async def other(block_id: str) -> str:
    await one("retrieve", block_id=block_id)
    await lowered("GET", "/blocks")
    await dotted("blocks.retrieve", block_id=block_id)
    await without_key("retrieve")
    await asked("get", "/blocks")
    say("info", "looked")

@mcp.tool
async def block(block_id: str, method: str) -> str:
    BODY

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("body", "does"),
    [
        ('await one("delete", block_id=block_id)', "destroy"),
        ('await one("append_children", block_id=block_id)', "read-private"),
        ('await one("update", block_id=block_id)', "write"),
        ("await one(method, block_id=block_id)", "write"),
        ('await lowered("POST", f"/blocks/{block_id}")', "write"),
        ('await lowered("Delete", f"/blocks/{block_id}")', "destroy"),
        ('await lowered("get", f"/blocks/{block_id}")', "read-private"),
        ('await asked("delete", f"/blocks/{block_id}")', "destroy"),
        ('await asked("get", f"/blocks/{block_id}")', "read-private"),
        ('await dotted("blocks.delete", block_id=block_id)', "destroy"),
        ('await dotted("blocks.children.list", block_id=block_id)', "read-private"),
        ('await without_key("delete", block_id=block_id)', "read-public"),
        ('say("delete", block_id)', "read-public"),
    ],
)
def test_a_method_that_is_got_by_its_name_does_what_that_says(body: str, does: str) -> None:
    rows = {row.name: row for row in analyze(tree_of({"server.py": SERVER.replace("BODY", body)})).tools}
    assert rows["block"].capabilities == (does,)
