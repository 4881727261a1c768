"""Tokens that go to the service which answers for them whenever they are verified."""

import pytest

from analyzers import analyze
from analyzers.finding import Severity
from tests.analyzers.programs import tree_of

SERVER = """\
import os
import httpx
from fastmcp import FastMCP
from fastmcp.server.auth import RemoteAuthProvider, OAuthProxy
from fastmcp.server.auth.providers.introspection import IntrospectionTokenVerifier
from fastmcp.server.auth.providers.jwt import JWTVerifier
from fastmcp.server.dependencies import get_access_token
from tracker import Tracker

TRACKER_URL = os.environ["TRACKER_URL"]
BILLING_URL = os.environ["BILLING_URL"]

def provider():
    mode = os.environ.get("MODE")
    if mode == "introspect":
        verifier = IntrospectionTokenVerifier(
            introspection_url=f"{TRACKER_URL}/oauth/introspect", client_id="c", client_secret=os.environ["S"]
        )
        return RemoteAuthProvider(token_verifier=verifier, authorization_servers=[TRACKER_URL], base_url="https://m.example")
    MORE
    return None

mcp = FastMCP("shop", auth=provider())

@mcp.tool
def list_cases() -> str:
    BODY

mcp.run(transport="http")
"""
TABLED = """\
g = globals()
    return Tracker(g["TRACKER_URL"], token=get_access_token().token).list_cases()
"""
SENT = """\
headers = {"Authorization": f"Bearer {get_access_token().token}"}
    return httpx.get(f"{ADDRESS}/cases", headers=headers).text
"""
LOCAL = 'if mode == "local": return JWTVerifier(jwks_uri="https://id.example/keys", audience="shop")'


def told(body: str, more: str = "") -> list[Severity]:
    report = analyze(tree_of({"server.py": SERVER.replace("BODY", body).replace("MORE", more)}))
    return [item.severity for item in report.findings if item.rule == "token-passthrough"]


@pytest.mark.parametrize("body", [SENT.replace("ADDRESS", "TRACKER_URL"), TABLED])
def test_a_service_that_answers_for_each_token_may_have_it(body: str) -> None:
    assert told(body) == []


@pytest.mark.parametrize(
    ("body", "more"),
    [
        (SENT.replace("ADDRESS", "BILLING_URL"), ""),
        (TABLED.replace("TRACKER_URL", "BILLING_URL"), ""),
        (SENT.replace("ADDRESS", "TRACKER_URL"), LOCAL),
    ],
)
def test_others_may_not_have_it_nor_a_service_that_does_not_issue_all(body: str, more: str) -> None:
    assert told(body, more) == [Severity.HIGH]


ASSIGNED = """\
import os
from fastmcp import FastMCP
from fastmcp.server.auth.providers.google import GoogleProvider
from fastmcp.server.dependencies import get_access_token
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build

mcp = FastMCP("files", auth=None)

def sign_callers_in() -> None:
    mcp.auth = GoogleProvider(client_id="c", client_secret=os.environ["S"], base_url="https://m.example")

@mcp.tool
def list_files() -> dict:
    return build("drive", "v3", credentials=Credentials(token=get_access_token().token)).files().list().execute()

mcp.run(transport="http")
"""


def test_a_provider_that_is_put_on_a_server_later_counts() -> None:
    report = analyze(tree_of({"server.py": ASSIGNED}))

    assert [item.severity for item in report.findings if item.rule == "token-passthrough"] == [Severity.MEDIUM]
