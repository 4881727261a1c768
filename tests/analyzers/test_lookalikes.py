"""What looks like a finding in the ways in which servers are written, and is none, beside what is one."""

import textwrap
from collections.abc import Callable

import pytest

from analyzers import Report
from analyzers.finding import Confidence

SHARED_SETUP = """
import httpx
import uvicorn
from fastmcp import FastMCP
from identity import verifier

def configured(mcp: FastMCP) -> FastMCP:
    @mcp.tool
    def create_order(item: str) -> str:
        return httpx.post("https://orders.internal/orders", json={{"item": item}}).text

    return mcp

def local() -> FastMCP:
    return configured(FastMCP("local shop"))

def remote() -> FastMCP:
    return configured(FastMCP("shop", auth=verifier))

def main(over_http: bool) -> None:
    if not over_http:
        local().run()
        return
    uvicorn.run({served}().http_app(), host="0.0.0.0")
"""
SUDO = """
import subprocess
from fastmcp import FastMCP

mcp = FastMCP("root")

@mcp.tool
def run_as_root(text: str) -> str:
    return subprocess.run({command}, shell=True, capture_output=True, text=True).stdout

mcp.run()
"""
UNUSED = """
import base64
import json
import os
import jwt
from fastmcp import FastMCP

def claims_of(token: str) -> dict:
    return json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))

class Trusting:
    def verify(self, headers: dict) -> dict:
        return claims_of(headers["authorization"])

class Checking:
    def verify(self, headers: dict) -> dict:
        return jwt.decode(headers["authorization"], os.environ["KEY"], algorithms=["HS256"], audience="shop")

def provider():
    return {provider}()

mcp = FastMCP("shop")

@mcp.tool
def whoami(headers: dict) -> str:
    return provider().verify(headers)["sub"]

mcp.run(transport="http")
"""
SETTINGS_FILE = """
import os
import tomllib
import httpx
from fastmcp import FastMCP
from fastmcp.server.dependencies import get_access_token

mcp = FastMCP("crm", auth=verifier)

def settings() -> dict:
    with open(os.environ[{variable}], "rb") as file:
        return tomllib.load(file)

@mcp.tool
def list_orders() -> str:
    headers = {{"Authorization": f"Bearer {{get_access_token().token}}"}}
    return httpx.get(settings()["crm"] + "/orders", headers=headers).text

mcp.run(transport="http")
"""
REBINDING = """
import os
import httpx
from mcp.server.fastmcp import FastMCP
from mcp.server.transport_security import TransportSecuritySettings

def security():
    if os.getenv("HOSTS", {default}) == "*":
        return TransportSecuritySettings(enable_dns_rebinding_protection=False)
    return TransportSecuritySettings(enable_dns_rebinding_protection=True, allowed_hosts=["shop.example"])

mcp = FastMCP("shop", host="0.0.0.0", transport_security=security())

@mcp.tool()
def create_order(item: str) -> str:
    return httpx.post("https://orders.internal/orders", json={{"item": item}}).text

mcp.run(transport="streamable-http")
"""
STARTER = """
import hashlib
import hmac
import os
import secrets
import httpx
from fastmcp import FastMCP
from fastmcp.server.auth import AccessToken, TokenVerifier

class OneToken(TokenVerifier):
    def __init__(self, token: str) -> None:
        super().__init__()
        self.expected = hashlib.sha256(token.encode()).digest()

    async def verify_token(self, token: str) -> AccessToken | None:
        if not hmac.compare_digest(self.expected, hashlib.sha256(token.encode()).digest()):
            return None
        return AccessToken(token=token, client_id="starter", scopes=[])

def new_token() -> str:
    return {token}

def build(token: str | None = None) -> FastMCP:
    mcp = FastMCP("shop", auth=OneToken(token) if token is not None else None)

    @mcp.tool
    def create_order(item: str) -> str:
        return httpx.post("https://orders.internal/orders", json={{"item": item}}).text

    return mcp

def main() -> None:
    token = new_token()
    build(token).run(transport="http")

main()
"""
ADDRESS = """
import logging
import os
import requests
from fastmcp import FastMCP

mcp = FastMCP("shop")

@mcp.tool
def renew() -> str:
    url = "https://id.example/oauth/access_token"
    answer = requests.get(url, params={form}).json()
    logging.info("answer: %s", answer)
    return "renewed"

mcp.run(transport="http")
"""
MEMBERS = """
import os
from crm_sdk import Crm
from fastmcp import FastMCP
from fastmcp.server.dependencies import get_access_token

mcp = FastMCP("crm", auth=verifier)

def client() -> Crm:
    token = get_access_token()
    key = os.environ["CRM_KEY"]
    return Crm(access_token={key})

@mcp.tool
def whoami() -> str:
    return get_access_token().claims["sub"]

@mcp.tool
def collection(name: str, user_id: str) -> str:
    return client().create_member(name=name, user=user_id)

mcp.run(transport="http")
"""
OPEN, BELIEVED, PASSED = "unauthenticated-network-server", "unverified-token", "token-passthrough"
INJECTED, FREE, REBOUND = "command-injection", "unbounded-capability-tool", "origin-validation-off"
ENDLESS, UNCHECKED = "token-without-expiry", "missing-per-tool-authorization"
DRAWN, SHARED = STARTER.format(token="secrets.token_urlsafe(32)"), STARTER.format(token='os.environ["TOKEN"]')
LOGGED, CLAIMED = "secret-in-log", "caller-supplied-identity"
# Rule, program, what the rule says of it: nothing where that is "".
CASES = [
    pytest.param(OPEN, SHARED_SETUP.format(served="remote"), "", id="the verified of two servers is served"),
    pytest.param(OPEN, SHARED_SETUP.format(served="local"), "`create_order` can be called", id="the open one is"),
    pytest.param(INJECTED, SUDO.format(command='f"sudo -E {text}"'), "", id="a whole command as root"),
    pytest.param(FREE, SUDO.format(command='f"sudo -E {text}"'), "runs `text`", id="a whole command as root is told"),
    pytest.param(INJECTED, SUDO.format(command='f"sudo -u {text} ls"'), "gives `text`", id="the name of a user"),
    pytest.param(BELIEVED, UNUSED.format(provider="Checking"), "", id="a decoder of a class that nothing makes"),
    pytest.param(BELIEVED, UNUSED.format(provider="Trusting"), "`claims_of` believes", id="one of a class in use"),
    pytest.param(PASSED, SETTINGS_FILE.format(variable='"CRM_SETTINGS_FILE"'), "to a configured host.", id="a file"),
    pytest.param(REBOUND, REBINDING.format(default='""'), "", id="a check that a setting turns off"),
    pytest.param(REBOUND, REBINDING.format(default='"*"'), "answers requests for any host", id="one it turns on"),
    pytest.param(ENDLESS, DRAWN, "", id="a token that ends with its process"),
    pytest.param(ENDLESS, SHARED, "accepts tokens that never expire", id="a token of the environment"),
    pytest.param(UNCHECKED, DRAWN, "", id="a token for who started the server"),
    pytest.param(UNCHECKED, SHARED, "`create_order` runs for every caller", id="a token that several may hold"),
    pytest.param(LOGGED, ADDRESS.format(form='{"days": 1}'), "", id="an address that ends like a key"),
    pytest.param(LOGGED, ADDRESS.format(form='{"grant_type": "x"}'), "the answer of a token endpoint", id="an answer"),
    pytest.param(CLAIMED, MEMBERS.format(key="token.token if token else key"), "", id="with the caller's own token"),
    pytest.param(CLAIMED, MEMBERS.format(key="key"), "by the parameter `user_id`", id="with the server's key"),
]


@pytest.mark.parametrize(("rule", "program", "said"), CASES)
def test_a_rule_says(scan: Callable[[dict[str, str]], Report], rule: str, program: str, said: str) -> None:
    report = scan({"server.py": textwrap.dedent(program), "requirements.txt": "fastmcp"})
    told = [
        finding.message
        for finding in report.findings
        if finding.rule == rule and finding.confidence >= Confidence.MEDIUM
    ]

    assert [said in message for message in told] == ([True] if said else [])


def test_of_several_ways_to_a_file_the_one_is_shown_that_names_it(scan: Callable[[dict[str, str]], Report]) -> None:
    program = """
    from fastmcp import FastMCP

    mcp = FastMCP("notes")

    def stored(*parts: str) -> str:
        return open("/".join(parts)).read()

    @mcp.tool
    def answer(account: str, subject: str) -> str:
        return stored(account, subject)

    @mcp.tool
    def show(attachment: str) -> str:
        return stored(attachment)

    mcp.run(transport="http")
    """
    report = scan({"server.py": textwrap.dedent(program), "requirements.txt": "fastmcp"})
    (found,) = (finding for finding in report.findings if finding.rule == "path-traversal")

    assert found.evidence[0].note == "`show` takes `attachment` from its caller"
