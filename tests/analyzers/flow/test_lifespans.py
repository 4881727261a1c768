"""What the lifespan of a server makes is followed into the calls that use it."""

from collections.abc import Callable

import pytest

from analyzers import Report

MADE = """\
import os
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import NamedTuple
import httpx
from fastmcp import Context, FastMCP

HEADERS = {{"X-Api-Key": os.environ["CRM_KEY"]}}

{record}
@asynccontextmanager
async def lifespan(server):
    {made}

mcp = FastMCP("crm", auth=verifier, lifespan=lifespan)


@mcp.tool
async def remove(order: str, ctx: Context) -> str:
    client = ctx.{taken}
    return (await client.delete("/orders", params={{"order": order}})).text

mcp.run(transport="http")
"""
CLIENT = 'httpx.AsyncClient(base_url="https://crm.corp", headers=HEADERS)'
DATACLASS = "@dataclass\nclass Held:\n    region: str\n    client: httpx.AsyncClient\n"
TUPLE = "class Held(NamedTuple):\n    region: str\n    client: httpx.AsyncClient\n"
ENTERED = f"async with {CLIENT} as client:\n        yield "


@pytest.mark.parametrize(
    ("record", "made", "taken"),
    [
        (DATACLASS, f'yield Held("eu", {CLIENT})', "request_context.lifespan_context.client"),
        (DATACLASS, f'yield Held(region="eu", client={CLIENT})', "lifespan_context.client"),
        (DATACLASS, f'{ENTERED}Held("eu", client)', "request_context.lifespan_context.client"),
        (TUPLE, f'{ENTERED}Held("eu", client)', "request_context.lifespan_context.client"),
        ("", f'yield {{"region": "eu", "client": {CLIENT}}}', 'request_context.lifespan_context["client"]'),
        ("", f'{ENTERED}{{"client": client}}', 'lifespan_context["client"]'),
    ],
)
def test_a_client_of_the_lifespan_keeps_its_address_and_its_credential(
    scan: Callable[[dict[str, str]], Report], record: str, made: str, taken: str
) -> None:
    (tool,) = scan({"server.py": MADE.format(record=record, made=made, taken=taken)}).tools

    assert (tool.capabilities, tool.credentials, tool.network) == (("destroy",), ("CRM_KEY",), ("crm.corp",))
