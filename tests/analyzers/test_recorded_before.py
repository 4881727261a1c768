"""What is recorded of each call before a server's own dispatcher is a record of it, with whom its line names."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

PROGRAM = """
import hmac
import logging
import os
import requests
from fastapi import FastAPI, Header, HTTPException, Request

app = FastAPI()
logger = logging.getLogger("shop")

def cancel(arguments):
    return requests.delete(os.environ["SHOP"], params=arguments).json()

TOOLS = {"cancel": cancel}

def dispatch(method, params):
    if method == "initialize":
        return {"protocolVersion": "2025-06-18"}
    if method == "tools/list":
        return {"tools": list(TOOLS)}
    if method == "tools/call":
        return TOOLS[params.get("name")](params.get("arguments"))

def told(params, user):
    LINE

def handle(message, user):
    method, params = message.get("method"), message.get("params")
    RECORD
    return dispatch(method, params)

def user_of(authorization):
    found = requests.get(os.environ["ISSUER"], headers={"Authorization": authorization}).json()
    if not found.get("active"):
        raise HTTPException(401)
    return found["user"]

@app.post("/mcp")
async def mcp(request: Request, authorization: str = Header(None)):
    user = user_of(authorization)
    return handle(await request.json(), user)
"""
MISSING, PARTIAL = "missing-tool-call-audit", "audit-without-tool-or-subject"


@pytest.mark.parametrize(
    ("line", "record", "expected"),
    [
        ('logger.info("tool=%s user=%s", params.get("name"), user)', "told(params, user)", set()),
        ("logger.info(f\"tool={params.get('name')} caller={user}\")", "told(params, user)", set()),
        ('logger.info("tool=%s took=%s", params.get("name"), 1)', "told(params, user)", {PARTIAL}),
        ('logger.info("tool=%s user=%s", params.get("name"), user)', "user and None", {MISSING}),
    ],
    ids=["a line with who", "a template with who", "a line without", "none"],
)
def test_a_record_before_the_dispatcher_counts(line: str, record: str, expected: set[str]) -> None:
    report = analyze(tree_of({"server.py": PROGRAM.replace("LINE", line).replace("RECORD", record)}))

    assert {one.rule for one in report.findings} & {MISSING, PARTIAL} == expected
