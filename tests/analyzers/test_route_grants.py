"""Grants that the routes of servers which speak the protocol themselves ask of every caller."""

import pytest

from analyzers import analyze
from analyzers.finding import Severity
from tests.analyzers.programs import tree_of

SERVER = """
import httpx
import uvicorn
from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel

app = FastAPI()
URL = "https://notes.internal/notes"

class MCPRequest(BaseModel):
    id: int | None = None
    method: str
    params: dict = {}

class User:
    def __init__(self, scopes: list) -> None:
        self.scopes = scopes

    def require_scope(self, scope: str) -> None:
        if scope not in self.scopes:
            raise HTTPException(status_code=403)

async def current_user(authorization: str = Header(None)) -> User:
    if not authorization:
        raise HTTPException(status_code=401)
    return User(httpx.post("https://id.internal/introspect", data={"token": authorization}).json()["scopes"])

async def require_access(user: User = Depends(current_user)) -> User:
    ASKS
    return user

def call(name: str, arguments: dict) -> str:
    if name == "list_notes":
        return httpx.put(f"{URL}/latest", json=arguments).text
    if name == "delete_note":
        return httpx.delete(URL, params={"id": arguments["id"]}).text
    raise ValueError(name)

@app.post("/mcp")
async def mcp(request: MCPRequest, user: User = Depends(require_access)):
    if request.method == "initialize":
        return {"result": {"protocolVersion": "2024-11-05", "capabilities": {"tools": {}}}}
    if request.method == "tools/list":
        return {"result": {"tools": [{"name": "list_notes"}, {"name": "delete_note"}]}}
    if request.method == "tools/call":
        return {"result": call(request.params["name"], request.params["arguments"])}

uvicorn.run(app, host="0.0.0.0")
"""
CASES = {
    'user.require_scope("read")': {"delete_note": Severity.HIGH},
    'user.require_scope("notes")': {"delete_note": Severity.MEDIUM, "list_notes": Severity.LOW},
    "pass": {"delete_note": Severity.HIGH, "list_notes": Severity.MEDIUM},
}


@pytest.mark.parametrize("asks", CASES)
def test_a_grant_for_reading_is_enough_for_what_reads(asks: str) -> None:
    found = analyze(tree_of({"server.py": SERVER.replace("ASKS", asks)})).findings
    told = {
        tool.rpartition(":")[2]: item.severity
        for item in found
        if item.rule == "missing-per-tool-authorization" and item.severity > Severity.INFO
        for tool in item.tools
    }
    assert told == CASES[asks]
