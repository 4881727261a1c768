"""What is noted in a span of a trace is a line of a log: it changes nothing, and nobody decides by it."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
import httpx
import jwt
from fastmcp import FastMCP
from fastmcp.server.dependencies import get_http_headers

from tracing import started

mcp = FastMCP("orders", auth=verifier)


class Recorder:
    def __init__(self, OWNER):
        self.OWNER = OWNER

    def note(self, key, value):
        if value is not None:
            self.OWNER.METHOD(key, value)


def caller() -> str:
    token = get_http_headers().get("authorization", "").removeprefix("Bearer ")
    return jwt.decode(token, options={"verify_signature": False})["sub"]


@mcp.tool
def orders() -> str:
    with started("orders") as begun:
        Recorder(begun).note("user", caller())
    return httpx.get("https://orders.internal/all").text


mcp.run(transport="http")
"""


@pytest.mark.parametrize("owner", ["span", "root_span"])
@pytest.mark.parametrize("method", ["set_attribute", "add_event"])
def test_a_claim_that_is_noted_in_a_span_is_believed_by_nobody(
    scan: Callable[[dict[str, str]], Report], owner: str, method: str
) -> None:
    assert not _is_told(scan, owner, method)


@pytest.mark.parametrize(("owner", "method"), [("account", "set_attribute"), ("span", "set_owner")])
def test_a_claim_that_something_else_is_set_to_is_believed(
    scan: Callable[[dict[str, str]], Report], owner: str, method: str
) -> None:
    assert _is_told(scan, owner, method)


def _is_told(scan: Callable[[dict[str, str]], Report], owner: str, method: str) -> bool:
    text = SERVER.replace("OWNER", owner).replace("METHOD", method)
    return "unverified-token" in {finding.rule for finding in scan({"server.py": text}).findings}
