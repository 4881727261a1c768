"""Applications around a server that refuse callers only once a key is configured."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
import os
import httpx
import uvicorn
from fastmcp import FastMCP
from starlette.responses import Response

KEY_HEADER = "x-crm-api-key"
mcp = FastMCP("crm")

@mcp.tool
def add_customer(name: str) -> str:
    return httpx.post("https://crm.internal", json={"name": name}).text

def refusal(scope):
    expected = EXPECTED
    if not expected:
        return None
    headers = {key.lower(): value for key, value in scope["headers"]}
    if headers.get(KEY_HEADER.encode()) != expected:
        return Response(status_code=401)
    return None

inner = mcp.http_app()

async def app(scope, receive, send):
    refused = refusal(scope)
    if refused is not None:
        await refused(scope, receive, send)
        return
    await inner(scope, receive, send)

uvicorn.run(app, host="0.0.0.0")
"""
TOLD = {
    'os.getenv("CRM_KEY")': ["`mcp` answers everyone until it is configured otherwise"],
    'os.environ["CRM_KEY"]': [],
}


@pytest.mark.parametrize("expected", TOLD)
def test_a_key_that_need_not_be_set_protects_nobody_by_default(
    scan: Callable[[dict[str, str]], Report], expected: str
) -> None:
    report = scan({"server.py": SERVER.replace("EXPECTED", expected)})
    told = [
        finding.message.partition(":")[0]
        for finding in report.findings
        if finding.rule == "unauthenticated-network-server"
    ]

    assert told == TOLD[expected]


READY = """
def ready():
    if not os.getenv("CRM_KEY"):
        raise RuntimeError("set CRM_KEY")

ready()
"""


def test_a_server_that_is_never_started_without_its_key_is_protected(scan: Callable[[dict[str, str]], Report]) -> None:
    program = SERVER.replace("EXPECTED", 'os.getenv("CRM_KEY")').replace("uvicorn.run", f"{READY}uvicorn.run")

    found = {finding.rule for finding in scan({"server.py": program}).findings}
    assert "unauthenticated-network-server" not in found
