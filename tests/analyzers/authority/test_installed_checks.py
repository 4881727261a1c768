"""A check that a start installs may decide: a tool behind its place is told of less surely, not as one without."""

import pytest

from analyzers import analyze
from analyzers.finding import Confidence
from tests.analyzers.programs import tree_of

PROGRAM = """
import os
import httpx
from fastmcp import FastMCP
from fastmcp.server.auth.providers.jwt import JWTVerifier
from fastmcp.server.dependencies import get_access_token

mcp = FastMCP("shop", auth=JWTVerifier(jwks_uri="https://id.example/jwks", audience="shop"))
_installed = None

def install(check):
    global _installed
    _installed = check

def authorize(tool):
    if _installed is not None:
        CALLED

def guarded(tool):
    def decorator(function):
        def wrapper(*args, **kwargs):
            authorize(tool)
            return function(*args, **kwargs)
        return wrapper
    return decorator

@mcp.tool
@guarded("cancel")
def cancel(order: str) -> str:
    return httpx.delete(os.environ["SHOP"], params={"id": order}).text

def by_scope(tool):
    if tool not in get_access_token().claims["allowed_tools"]:
        raise PermissionError(tool)

def count(tool):
    print(tool)

install(GIVEN)
mcp.run(transport="http", host="0.0.0.0")
"""


@pytest.mark.parametrize(
    ("called", "given", "confidence"),
    [
        ("_installed(tool)", "by_scope", Confidence.MEDIUM),
        ("_installed(tool)", "count", Confidence.HIGH),
        ("print(_installed)", "by_scope", Confidence.HIGH),
    ],
    ids=["refuses", "counts", "is not called"],
)
def test_a_check_that_is_installed_makes_a_finding_less_sure(called: str, given: str, confidence: Confidence) -> None:
    report = analyze(tree_of({"server.py": PROGRAM.replace("CALLED", called).replace("GIVEN", given)}))
    found = [one.confidence for one in report.findings if one.rule == "missing-per-tool-authorization"]

    assert found == [confidence]
