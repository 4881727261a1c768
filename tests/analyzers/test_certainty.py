"""How sure a finding is, and where it is told that what callers can do is less than it seems."""

import pytest

from analyzers import analyze
from analyzers.finding import Confidence
from tests.analyzers.programs import tree_of

ASKED = """
import httpx
from fastmcp import FastMCP
from fastmcp.server.auth import AccessToken, TokenVerifier
from warehouse import WarehouseClient

def connect(token):
    return WarehouseClient(url="https://warehouse.example", token=token).whoami()

class Verifier(TokenVerifier):
    async def verify_token(self, token: str):
        {body}
        return AccessToken(token=token, client_id="shop", scopes=[])

mcp = FastMCP("shop", auth=Verifier())

@mcp.tool
def place_order(order: str) -> str:
    return httpx.post("https://orders.internal/orders", json={{"order": order}}).text

mcp.run(transport="http", host_origin_protection="auto")
"""
READ = """
import httpx
import jwt
from fastmcp import FastMCP

mcp = FastMCP("shop")

class Tokens:
    def peek(self, token):
        return jwt.decode(token, options={{"verify_signature": False}})

    def {outer}(self, token):
        return self.peek(token)["sub"]

@mcp.tool
def place_order(order: str, token: str) -> str:
    caller = {caller}
    return httpx.post("https://orders.internal/orders", json={{"order": order, "by": caller}}).text

mcp.run(transport="http", host_origin_protection="auto")
"""
BARE = """
import httpx
from fastmcp import FastMCP
{imports}

mcp = FastMCP("shop")
{attach}

@mcp.tool
def place_order(order: str) -> str:
    return httpx.post("https://orders.internal/orders", json={{"order": order}}).text

mcp.run(transport="http", host_origin_protection="auto")
"""
LISTED = """
from fastmcp import FastMCP
from tools import load_tools

mcp = FastMCP("shop")
for tool in load_tools():
    mcp.add_tool(tool)
mcp.run(transport="http", host_origin_protection="auto")
"""
CASES = {
    "a verifier that compares the token itself": (
        "token-without-expiry",
        ASKED.format(body='if token != "x":\n            return None'),
        Confidence.MEDIUM,
    ),
    "a verifier that asks another service with the token": (
        "token-without-expiry",
        ASKED.format(body="connect(token)"),
        Confidence.LOW,
    ),
    "a token that a tool reads unverified": (
        "unverified-token",
        READ.format(outer="subject", caller="Tokens().subject(token)"),
        Confidence.MEDIUM,
    ),
    "a token that is read by what nobody calls": (
        "unverified-token",
        READ.format(outer="subject", caller='""'),
        Confidence.LOW,
    ),
    "a server whose calls nothing records": (
        "missing-tool-call-audit",
        BARE.format(imports="", attach=""),
        Confidence.HIGH,
    ),
    "a server that another package is given": (
        "missing-tool-call-audit",
        BARE.format(imports="from housekeeping import wire", attach="wire(mcp)"),
        Confidence.MEDIUM,
    ),
    "a server whose tools are not in sight": ("missing-tool-call-audit", LISTED, Confidence.LOW),
}


@pytest.mark.parametrize(("rule", "program", "expected"), CASES.values(), ids=CASES)
def test_what_is_not_in_sight_makes_a_finding_less_certain(rule: str, program: str, expected: Confidence) -> None:
    report = analyze(tree_of({"server.py": program}))

    assert [finding.confidence for finding in report.findings if finding.rule == rule] == [expected]


STARTS = {
    "an option with a variable as its default": """
import argparse, os
parser = argparse.ArgumentParser()
parser.add_argument("--host", default=os.getenv("SHOP_HOST", "127.0.0.1"))
args = parser.parse_args()
mcp.run(transport="http", host=args.host, host_origin_protection="auto")
""",
    "a table that is spread": """
options = {"transport": "http", "host_origin_protection": "auto"}
options["host"] = "localhost"
mcp.run(**options)
""",
    "a table that a function makes": """
def options():
    return {"host": "127.0.0.1", "port": 8000}

mcp.run(transport="http", **options())
""",
}


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
def test_a_loopback_address_is_found_however_it_is_passed(start: str) -> None:
    program = BARE.format(imports="", attach="").partition("mcp.run(")[0] + start
    report = analyze(tree_of({"server.py": program}))

    (found,) = [item for item in report.findings if item.rule == "unauthenticated-network-server"]
    assert "from this machine" in found.message


BOTH = """
import asyncio, sys

def main(transport: str, host: str = "0.0.0.0"):
    if transport == "stdio":
        asyncio.run(mcp.run_async(transport=transport))
    else:
        asyncio.run(mcp.run_async(transport=transport, host=host, host_origin_protection="auto"))

main(sys.argv[1])
"""


def test_the_start_that_says_where_to_listen_counts() -> None:
    program = BARE.format(imports="", attach="").partition("mcp.run(")[0] + BOTH
    report = analyze(tree_of({"server.py": program}))

    (found,) = [item for item in report.findings if item.rule == "unauthenticated-network-server"]
    assert "over the network" in found.message


HANDED = """
def serve(server: FastMCP, host: str):
    server.run(transport="http", host=host, host_origin_protection="auto")

serve(mcp, "127.0.0.1")
"""


def test_a_server_is_started_by_what_it_is_handed_to() -> None:
    program = BARE.format(imports="", attach="").partition("mcp.run(")[0] + HANDED
    report = analyze(tree_of({"server.py": program}))

    assert {tool.transport for tool in report.tools} == {"http"}


FIELD = """
from dataclasses import dataclass, field
import paramiko
from fastmcp import Context, FastMCP

mcp = FastMCP("hosts")

@dataclass
class Session:
    host: str = ""
    client: paramiko.SSHClient = field(default_factory=paramiko.SSHClient)

def opened(ctx: Context, name: str) -> Session:
    return ctx.request_context.lifespan_context.sessions.get(name)

@mcp.tool
def run_command(host: str, command: str) -> str:
    session = Session(host)
    session.client.connect(host)
    return str(session.client.exec_command(command))

@mcp.tool
def run_there(ctx: Context, name: str, command: str) -> str:
    return str(opened(ctx, name).client.exec_command(command))

mcp.run(transport="http")
"""


def test_fields_and_results_are_what_they_are_declared_to_be() -> None:
    rows = analyze(tree_of({"server.py": FIELD})).tools

    assert {row.name: "exec" in row.capabilities for row in rows} == {"run_command": True, "run_there": True}


SAMPLES = """
SCRUBBED = [{others}"{key}"]


def test_no_key_is_left():
    assert SCRUBBED
"""
# Put together here, so that no tool takes it for a key.
KEY = "AIza" + "SyB7fK29xQm4WvTz81LrHcJd5NpYs0EuGaM"
SCRUBBERS = {
    "one of what the keys of several providers look like": ('"ghp_16Chars", "xoxb-12-ab", ', Confidence.LOW),
    "a key by itself": ("", Confidence.MEDIUM),
}


@pytest.mark.parametrize(("others", "expected"), SCRUBBERS.values(), ids=SCRUBBERS)
def test_a_sample_in_a_test_is_less_certain_than_a_key(others: str, expected: Confidence) -> None:
    report = analyze(tree_of({"tests/test_scrubber.py": SAMPLES.format(others=others, key=KEY)}))

    assert [item.confidence for item in report.findings if item.rule == "hardcoded-credential"] == [expected]
