"""Work that tools hand to a function which gives it the client: what it does is what the tool does."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import os
import httpx
from fastmcp import FastMCP

mcp = FastMCP("crm")
KEEPER

class Client:
    def __init__(self, token):
        self._client = httpx.AsyncClient(base_url="https://crm.example", headers={"Authorization": f"Bearer {token}"})

    async def request(self, method, path, data=None):
        return (await self._client.request(method=method, url=path, json=data)).json()

_client: Client | None = None

async def execute(work, *args, **options):
    return await work(_client, *args, **options)

class Runner:
    async def run(self, name, work):
        async def inner():
            return await work(_client)
        return await inner()

class Work:
    async def remove(self, client):
        return await client.request("DELETE", "/companies/1")

runner, steps = Runner(), Work()

async def rename(client, name):
    return await client.request("PUT", "/companies", data={"name": name})

@mcp.tool
async def company(name: str) -> str:
    async def create(client):
        return await client.request("POST", "/companies", data={"name": name})

    return await BODY

def main():
    global _client
    _client = Client(os.environ["CRM_TOKEN"])
    mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("body", "does"),
    [
        ("execute(create)", "write"),
        ("execute(work=create)", "write"),
        ('execute(lambda client: client.request("DELETE", f"/companies/{name}"))', "destroy"),
        ("execute(rename, name)", "write"),
        ('runner.run("create", create)', "write"),
        ("execute(steps.remove)", "destroy"),
        ('execute(lambda client: client.request("GET", "/companies"))', "read-private"),
    ],
)
def test_what_is_handed_on_acts_with_the_client_that_it_is_given(body: str, does: str) -> None:
    (row,) = analyze(tree_of({"server.py": SERVER.replace("BODY", body).replace("KEEPER", "")})).tools
    assert (row.capabilities, row.credentials) == ((does,), ("CRM_TOKEN",))
