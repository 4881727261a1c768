"""What is registered for all calls behind a server's back, and refuses tools to some callers, authorizes calls."""

import pytest

from analyzers.engine import judge
from tests.analyzers.programs import facts_of

PROGRAM = """
import os
import httpx
from mcp.server.auth.settings import AuthSettings
from mcp.server.fastmcp import FastMCP
from verifiers import Verifier
from grants import SCOPES, scopes_of_caller

mcp = FastMCP("shop", token_verifier=Verifier(), auth=AuthSettings(issuer_url=os.environ["ISSUER"]))

@mcp.tool()
def cancel_order(order: str) -> str:
    return httpx.delete(os.environ["SHOP"], params={"id": order}).text

call = mcp.call_tool

GATE

mcp.run(transport="streamable-http")
"""
BY_NAME = """
async def gate(name, arguments):
    scopes = scopes_of_caller()
    if SCOPES[name] not in scopes:
        raise PermissionError(name)
    return await call(name, arguments)

"""
BY_TIME = """
async def gate(name, arguments):
    if os.environ["CLOSED"]:
        raise PermissionError("closed")
    return await call(name, arguments)

"""
BY_SETTING = """
async def gate(name, arguments):
    if name not in os.environ["ENABLED"]:
        raise PermissionError(name)
    return await call(name, arguments)

"""
CALLED = "mcp._mcp_server.call_tool(validate_input=False)(gate)"


@pytest.mark.parametrize(
    ("gate", "kind"),
    [
        (BY_NAME + CALLED, "per_tool"),
        (BY_NAME.replace("async def", "@mcp._mcp_server.call_tool()\nasync def"), "per_tool"),
        (BY_TIME + CALLED, "none"),
        (BY_SETTING + CALLED, "none"),
        (BY_NAME, "none"),
    ],
    ids=["called", "decorated", "refuses all alike", "asks a setting", "not registered"],
)
def test_a_gate_before_all_calls_authorizes_by_tool_and_caller(gate: str, kind: str) -> None:
    rows = judge({"server.py": facts_of(PROGRAM.replace("GATE", gate))}, ()).analysis.rows

    assert [row.authorization.kind for row in rows if row.name == "cancel_order"] == [kind]
