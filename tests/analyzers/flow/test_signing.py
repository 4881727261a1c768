"""Credentials that a class of the program puts on each request of a client, and not the call that makes it."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import os
import httpx
from fastmcp import FastMCP
from pydantic_settings import BaseSettings

mcp = FastMCP("crm")

class Settings(BaseSettings):
    crm_token: str = ""

settings = Settings()

class Manager:
    def token(self):
        return settings.crm_token

class Signed(httpx.Auth):
    def __init__(self, manager):
        self._manager = manager

    def auth_flow(self, request):
        request.headers["Authorization"] = f"Bearer {self._manager.token()}"
        yield request

class Tracing(httpx.Auth):
    def auth_flow(self, request):
        request.headers["X-Trace"] = settings.crm_token[:2]
        yield request

class Signing(httpx.AsyncBaseTransport):
    def __init__(self, manager):
        self._manager = manager
        self._inner = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request):
        request.headers["Authorization"] = f"Bearer {self._manager.token()}"
        return await self._inner.handle_async_request(request)

async def sign(request):
    request.headers["X-Api-Key"] = os.environ["CRM_TOKEN"]

class Crm:
    def __init__(self):
        self._client = httpx.AsyncClient(base_url="https://crm.example", OPTIONS)

crm = Crm()

@mcp.tool
async def company(number: int) -> str:
    return (await crm._client.get(f"/companies/{number}")).text

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("options", "credentials"),
    [
        ("auth=Signed(Manager())", ("CRM_TOKEN",)),
        ("transport=Signing(Manager())", ("CRM_TOKEN",)),
        ('event_hooks={"request": [sign]}', ("CRM_TOKEN",)),
        ('event_hooks={**{}, "request": [sign]}', ("CRM_TOKEN",)),
        ('event_hooks={"response": [sign]}', ()),
        ("event_hooks={**OTHERS}", ()),
        ("auth=Tracing()", ()),
        ("timeout=3", ()),
    ],
)
def test_a_client_sends_what_signs_its_requests(options: str, credentials: tuple[str, ...]) -> None:
    (row,) = analyze(tree_of({"server.py": SERVER.replace("OPTIONS", options)})).tools
    assert row.credentials == credentials
