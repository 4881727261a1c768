"""Tools that are methods of one object, which asks a service with one client."""

from analyzers import analyze
from analyzers.finding import Report, Severity
from tests.analyzers.matrix.cells import change
from tests.analyzers.programs import tree_of

CLIENT = """\
import os

import httpx


class Client:
    def __init__(self) -> None:
        self._base = os.environ["CRM_URL"].rstrip("/")
        self._client = httpx.AsyncClient(headers={"Authorization": os.environ["CRM_TOKEN"]})

    async def send(self, method: str, path: str, subject: str, **kwargs):
        answer = await self._client.request(
            method, f"{self._base}{path}", headers={"X-On-Behalf-Of": subject}, **kwargs
        )
        return answer.json()

    async def update(self, subject: str, number: int, fields: dict):
        return await self.send("PATCH", f"/contacts/{number}", subject, json=fields)

    async def read(self, subject: str, path: str):
        return await self.send("GET", f"/{path}", subject)
"""
SERVER = """\
from fastmcp import FastMCP
from fastmcp.server.auth import require_scopes
from fastmcp.server.auth.providers.jwt import JWTVerifier
from fastmcp.server.dependencies import get_access_token

from client import Client


class Tools:
    def __init__(self, crm: Client) -> None:
        self.crm = crm

    def register(self, mcp: FastMCP) -> None:
        mcp.tool(self.update_contact, auth=require_scopes("contacts:write"))

    async def update_contact(self, number: int, phone: str) -> dict:
        return await self.crm.update(get_access_token().claims["sub"], number, {"phone": phone})


mcp = FastMCP("crm", auth=JWTVerifier(jwks_uri="https://id.example/jwks", audience="crm"))
Tools(Client()).register(mcp)
mcp.run(transport="http")
"""
FILES = {"client.py": CLIENT, "server.py": SERVER}


def _rules(report: Report) -> set[str]:
    return {item.rule for item in report.findings}


def test_a_method_that_is_called_like_one_of_a_container_keeps_nothing() -> None:
    assert "cross-session-state" not in _rules(analyze(tree_of(FILES)))


def test_a_check_that_a_change_damaged_is_as_grave_as_one_that_it_removed() -> None:
    head = {**FILES, "server.py": SERVER.replace('require_scopes("contacts:write")', "lambda ctx: True")}

    report = analyze(tree_of(head), tree_of(FILES), change(FILES, head))

    assert [(item.rule, item.severity) for item in report.findings if item.new] == [
        ("ineffective-authorization-check", Severity.HIGH)
    ]
    alone = analyze(tree_of(head))
    assert [item.severity for item in alone.findings if item.rule == "ineffective-authorization-check"] == [
        Severity.MEDIUM
    ]


def test_what_stands_right_behind_a_base_that_is_not_known_is_a_path() -> None:
    tool = """
    async def call(self, path: str) -> dict:
        return await self.crm.send("GET", path, get_access_token().claims["sub"])

    async def update_contact"""
    registered = SERVER.replace(
        "mcp.tool(self.update", 'mcp.tool(self.call, auth=require_scopes("api"))\n        mcp.tool(self.update'
    )
    report = analyze(tree_of({**FILES, "server.py": registered.replace("\n    async def update_contact", tool)}))

    told = [item for item in report.findings if item.rule == "path-injection-into-downstream-url"]
    assert [item.tools for item in told] == [("server:mcp:call",)]
