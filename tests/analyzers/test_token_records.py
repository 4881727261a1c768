"""A list of tools that a caller's key was registered with decides about the tool, as far as the key is looked up."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import hmac
import json
import os
import requests
from fastapi import FastAPI, Header, HTTPException, Request

app = FastAPI()
LEVELS = {"user": ["read_order"], "admin": ["read_order", "cancel_order"]}

FOUND

def read_order(args):
    return requests.get(os.environ["SHOP"], params=args).json()

def cancel_order(args):
    return requests.delete(os.environ["SHOP"], params=args).json()

HANDLERS = {"read_order": read_order, "cancel_order": cancel_order}

async def handle(request, token):
    allowed = tools_of(token)
    body = await request.json()
    params = body.get("params") or {}
    if body.get("method") == "tools/list":
        return {"tools": allowed}
    if body.get("method") == "tools/call":
        name = params.get("name", "")
        if name not in allowed:
            return {"error": "denied"}
        return HANDLERS[name](params.get("arguments") or {})

@app.post("/mcp")
async def mcp(request: Request, authorization: str = Header(None)):
    if not authorization or not hmac.compare_digest(authorization, f"Bearer {os.environ['SHOP_KEY']}"):
        raise HTTPException(401)
    return await handle(request, authorization.removeprefix("Bearer "))
"""
STORED = """
def tools_of(token):
    for role in json.load(open("roles.json")).values():
        if role["token"] == token:
            return role["tools"]
    return []
"""
KEYED = """
def tools_of(token):
    return LEVELS[level_of(token)]

def level_of(token):
    return "admin" if hmac.compare_digest(token, os.environ["ADMIN_KEY"]) else "user"
"""
IGNORED = """
def tools_of(token):
    print(token is None)
    return LEVELS["admin"]
"""
CONSTANT = """
def tools_of(token):
    return LEVELS["admin" if token == "" else "user"]
"""


@pytest.mark.parametrize(
    ("found", "told"),
    [(STORED, False), (KEYED, False), (IGNORED, True), (CONSTANT, True)],
    ids=["stored with the key", "by which key it is", "whatever key it is", "whether there is one"],
)
def test_tools_that_a_key_is_registered_for_are_checked(found: str, told: bool) -> None:
    report = analyze(tree_of({"server.py": SERVER.replace("FOUND", found)}))

    assert ("missing-per-tool-authorization" in {one.rule for one in report.findings}) is told
