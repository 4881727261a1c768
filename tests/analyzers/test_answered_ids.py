"""What a service answered is what it says, not the parameter that it was asked with."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import os
import httpx
from fastmcp import FastMCP

mcp = FastMCP("shop")

class Shop:
    def __init__(self):
        headers = {"Authorization": os.environ["SHOP_TOKEN"]}
        self.http = httpx.AsyncClient(base_url="https://shop.example", headers=headers)

    async def search(self, name: str) -> list:
        response = await self.http.get("/orders", params={"name": name})
        return response.json().get("results", [])

    async def order(self, name: str) -> dict:
        found = await self.search(name)
        return (await self.http.get(f"/orders/{PART}")).json()

shop = Shop()

@mcp.tool
async def order(name: str) -> dict:
    return await shop.order(name)

mcp.run(transport="http")
"""


@pytest.mark.parametrize(("part", "is_told"), [('found[0].get("id")', False), ("name", True)])
def test_an_id_that_a_service_found_is_not_the_callers_text(part: str, is_told: bool) -> None:
    report = analyze(tree_of({"server.py": SERVER.replace("PART", part)}))

    assert ("path-injection-into-downstream-url" in {found.rule for found in report.findings}) is is_told
