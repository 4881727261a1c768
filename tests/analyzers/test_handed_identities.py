"""A helper that is given the caller's token checks it, and a check that only some runs or some callers meet is none."""

from collections.abc import Callable

import pytest

from analyzers import Report

Scan = Callable[[dict[str, str]], Report]

SERVER = """\
import os
from functools import wraps
import stripe
from fastmcp import FastMCP
from fastmcp.exceptions import ToolError
from fastmcp.server.auth import AccessToken
from fastmcp.server.auth.providers.jwt import JWTVerifier
from fastmcp.server.dependencies import get_access_token

VERIFIER = JWTVerifier(jwks_uri="https://i.example/jwks", issuer="https://i.example", audience="shop")
mcp = FastMCP("shop", auth=VERIFIER)

class ServiceToken:
    scopes = []

def verify(token):
    if "refund" not in token.scopes:
        raise ToolError("forbidden")

def may(token):
    return "refund" in token.scopes

def verify_scopes(scopes):
    if "refund" not in scopes:
        raise ToolError("forbidden")

def verify_named(token, name):
    if name not in token.claims["tools"]:
        raise ToolError("forbidden")
"""
DEEPER = """
def verify_deeper(user):
    verify(user)
"""
TOOL = """
@mcp.tool
def refund(order: str) -> str:
    token = get_access_token()
    {check}
    return stripe.Refund.create(charge=order)

mcp.run(transport="http")
"""
MISSING, OPEN = "missing-per-tool-authorization", "fail-open-authorization"


def told(scan: Scan, server: str) -> tuple[str, str]:
    """Return who may call the tool, and the rule that reports its authorization."""
    report = scan({"server.py": server})
    (tool,) = report.tools
    rules = sorted({finding.rule for finding in report.findings} & {MISSING, OPEN})
    return tool.authorization.kind, " ".join(rules)


@pytest.mark.parametrize(
    "check",
    [
        "verify(token)",
        "verify_deeper(token)",
        "verify_scopes(token.scopes)",
        'verify_named(token, "refund")',
        "if token is None or not may(token):\n        raise ToolError('forbidden')",
        "if token is not None:\n        verify(token)\n    else:\n        raise ToolError('forbidden')",
        "if isinstance(token, AccessToken):\n        verify(token)\n    else:\n        raise ToolError('forbidden')",
        "if not isinstance(token, AccessToken):\n        raise ToolError('forbidden')\n    verify(token)",
    ],
)
def test_a_helper_that_is_given_the_token_checks_it(check: str, scan: Scan) -> None:
    helpers = SERVER + DEEPER if "deeper" in check else SERVER

    assert told(scan, helpers + TOOL.format(check=check)) == ("per_tool", "")


@pytest.mark.parametrize(
    ("check", "rule"),
    [
        ("if token is not None:\n        verify(token)", OPEN),
        ("if token:\n        verify(token)", OPEN),
        ("if isinstance(token, AccessToken):\n        verify(token)", OPEN),
        ("if isinstance(token, ServiceToken):\n        verify(token)", MISSING),
        ("may(token) and print(order)", MISSING),
    ],
)
def test_a_check_that_some_callers_do_not_meet_is_none(check: str, rule: str, scan: Scan) -> None:
    assert told(scan, SERVER + TOOL.format(check=check)) == ("none", rule)


def test_a_helper_that_is_given_what_a_caller_wrote_checks_nobody(scan: Scan) -> None:
    tool = """
@mcp.tool
def refund(order: str, token: dict) -> str:
    verify(token)
    return stripe.Refund.create(charge=order)

def own():
    verify(get_access_token())

mcp.run(transport="http")
"""

    assert told(scan, SERVER + tool)[0] == "none"


WRAPPED = """
def guard(function):
    @wraps(function)
    def inner(*args, **kwargs):
        verify(get_access_token())
        return function(*args, **kwargs)
    return inner

def refund(order: str) -> str:
    return stripe.Refund.create(charge=order)

{handler}
mcp.tool(handler, name="refund")
mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("handler", "expected"),
    [
        ("handler = guard(refund)", ("per_tool", "")),
        ("handler = guard(refund) if os.environ.get('REQUIRE_AUTH') else refund", ("mode_gate", MISSING)),
        ("handler = refund\nif os.environ.get('REQUIRE_AUTH'):\n    handler = guard(refund)", ("mode_gate", MISSING)),
        (
            "handler = guard(refund) if os.environ.get('REQUIRE_AUTH', 'true') == 'true' else refund",
            ("unresolved", ""),
        ),
        ("from vendor import wanted\nhandler = guard(refund) if wanted() else refund", ("unresolved", "")),
    ],
)
def test_a_check_that_configuration_puts_around_a_tool_is_a_switch(
    handler: str, expected: tuple[str, str], scan: Scan
) -> None:
    assert told(scan, SERVER + WRAPPED.format(handler=handler)) == expected
