"""Servers that speak the protocol themselves and verify tokens, and what is read or written down on the way."""

import pytest

from analyzers import analyze
from analyzers.finding import Report
from tests.analyzers.programs import tree_of

SERVER = """\
import json
import os
import httpx
import jwt
import uvicorn
from azure.identity import DefaultAzureCredential
from azure.mgmt.resourcegraph import ResourceGraphClient
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

app = FastAPI()
logger = type("Lazy", (), {"__getattr__": lambda self, name: getattr(made(), name)})()

def resolved(token: str) -> dict:
    try:
        return jwt.decode(token, os.environ["KEY"], algorithms=["RS256"], audience="shop")
    except Exception:
        return {}

def user_of(header: str) -> dict:
    if not header.lower().startswith("bearer "):
        return {}
    return resolved(header[7:])

def unauthorized():
    return json.dumps({"error": "unauthorized"}), 401, {}

def authorize(user: dict) -> bool:
    headers = {"Authorization": os.environ["ADMIN_TOKEN"]}
    return httpx.get(f"https://roles.internal/{user['sub']}", headers=headers).json()["admin"]

def listed(arguments: dict) -> str:
    client = ResourceGraphClient(DefaultAzureCredential())
    found = client.resources({"query": "Resources"}).data
    return json.dumps([row.get("name") for row in found])

TOOLS = {"list_resources": listed}

def call(name: str, arguments: dict) -> str:
    LOGS
    return TOOLS[name](arguments)

def handle(header: str, body: str):
    claims = user_of(header)
    CHECKS
    payload = json.loads(body)
    if payload["method"] == "initialize":
        return json.dumps({"protocolVersion": "2025-06-18", "capabilities": {"tools": {}}}), 200, {}
    if payload["method"] == "tools/list":
        return json.dumps({"tools": [{"name": "list_resources"}]}), 200, {}
    if payload["method"] == "tools/call":
        authorize(claims)
        params = payload["params"]
        return call(params["name"], params["arguments"]), 200, {}
    return "", 404, {}

@app.post("/mcp")
async def endpoint(request: Request):
    body, status, headers = handle(request.headers.get("authorization", ""), (await request.body()).decode())
    return JSONResponse(body, status_code=status, headers=headers)

uvicorn.run(app, host="0.0.0.0")
"""


def scanned(checks: str, logs: str = "pass") -> Report:
    """Return the report of the server with these lines."""
    return analyze(tree_of({"server.py": SERVER.replace("CHECKS", checks).replace("LOGS", logs)}))


@pytest.mark.parametrize(
    ("checks", "told"),
    [
        ("if not claims:\n        return unauthorized()", False),
        ('if not claims:\n        raise PermissionError("token")', False),
        ('if not claims:\n        print("nobody")', True),
        ("if not header:\n        return unauthorized()", True),
    ],
)
def test_a_token_that_is_verified_on_the_way_is_one(checks: str, told: bool) -> None:
    found = scanned(checks).findings
    assert any(item.rule == "unauthenticated-network-server" for item in found) is told


def test_what_decides_who_may_call_is_no_deed_of_the_tool() -> None:
    found = scanned("if not claims:\n        return unauthorized()").findings
    (one,) = [item for item in found if item.rule == "ambient-service-credential"]
    assert "Azure" in one.message
    assert "ADMIN_TOKEN" not in one.message
    assert one.evidence[-1].note.startswith("read-private azure.mgmt.resourcegraph.ResourceGraphClient().resources")


@pytest.mark.parametrize(("logs", "told"), [('logger.info(f"called {name}")', False), ("pass", True)])
def test_a_logger_that_is_made_on_the_spot_logs(logs: str, told: bool) -> None:
    found = scanned("if not claims:\n        return unauthorized()", logs).findings
    assert any(item.rule == "missing-tool-call-audit" for item in found) is told
