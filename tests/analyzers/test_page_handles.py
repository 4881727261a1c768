"""Handles that lead to the rest of a listing."""

import pytest

from analyzers import analyze
from analyzers.finding import Severity
from tests.analyzers.programs import tree_of

SERVER = """
import secrets
import httpx
from fastmcp import FastMCP
from fastmcp.server.dependencies import get_access_token

mcp = FastMCP("shop", auth=verifier)
rest = {}

def keep(found: list) -> str:
    token = secrets.token_urlsafe(32)
    rest[token] = {"items": found}
    return token

@mcp.tool
def find_items(word: str) -> dict:
    found = httpx.get("https://shop.internal/items", params={"q": word, OWN}).json()
    return {"items": found[:10], "next": keep(KEPT)}

@mcp.tool
def more_items(HANDLE: str) -> list:
    return rest[HANDLE]["items"]

mcp.run(transport="http")
"""
OWN = '"of": get_access_token().claims["sub"]'


@pytest.mark.parametrize(
    ("handle", "kept", "severity"),
    [
        ("page_token", "found", Severity.INFO),
        ("page_token", 'get_access_token().claims["orders"]', Severity.LOW),
        ("cart", "found", Severity.HIGH),
    ],
)
def test_the_rest_of_a_listing_is_grave_where_it_is_one_callers(handle: str, kept: str, severity: Severity) -> None:
    text = SERVER.replace("HANDLE", handle).replace("KEPT", kept).replace("OWN", '"all": 1')
    found = analyze(tree_of({"server.py": text})).findings
    assert [item.severity for item in found if item.rule == "state-handle-not-bound"] == [severity]


def test_what_was_asked_for_one_caller_is_one_callers() -> None:
    text = SERVER.replace("HANDLE", "page_token").replace("KEPT", "found").replace("OWN", OWN)
    found = analyze(tree_of({"server.py": text})).findings
    assert [item.severity for item in found if item.rule == "state-handle-not-bound"] == [Severity.LOW]


SHARED = """StaticTokenVerifier(tokens={os.environ["TOKEN"]: {"client_id": "agent", "scopes": []}})"""


@pytest.mark.parametrize(
    ("handle", "kept", "severities"),
    [
        ("page_token", "found", []),
        ("page_token", 'get_http_headers()["x-shop-token"]', [Severity.LOW]),
        ("cart", "found", [Severity.LOW]),
    ],
)
def test_a_listing_is_of_all_who_share_one_token(handle: str, kept: str, severities: list[Severity]) -> None:
    text = SERVER.replace("HANDLE", handle).replace("KEPT", kept).replace("OWN", '"all": 1')
    text = text.replace("auth=verifier", f"auth={SHARED}").replace("import secrets", "import os\nimport secrets", 1)
    text = text.replace("import get_access_token", "import get_http_headers").replace(
        "from fastmcp import FastMCP",
        "from fastmcp import FastMCP\nfrom fastmcp.server.auth.providers.jwt import StaticTokenVerifier",
    )
    found = analyze(tree_of({"server.py": text})).findings

    assert [item.severity for item in found if item.rule == "state-handle-not-bound"] == severities


OWNED = """
import secrets
from fastmcp import FastMCP
from principals import current
from storage import jobs

mcp = FastMCP("shop", auth=verifier)
running = {}

@mcp.tool
def start(command: str) -> str:
    job = secrets.token_hex(16)
    running[job] = command
    return job

@mcp.tool
def result(job: str, whose: str = "") -> str:
    ASKS
    return running[job]

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("asks", "told"),
    [
        ("if jobs.load(job, owner=current()) is None:\n        raise ValueError(job)", 0),
        ("if jobs.load(job, owner=whose) is None:\n        raise ValueError(job)", 1),
        ("jobs.load(job, owner=current())", 1),
        ("if jobs.load(job) is None:\n        raise ValueError(job)", 1),
    ],
)
def test_a_handle_may_be_looked_up_with_its_owner_first(asks: str, told: int) -> None:
    found = analyze(tree_of({"server.py": OWNED.replace("ASKS", asks)})).findings
    assert sum(item.rule == "state-handle-not-bound" for item in found) == told
