"""One check that is passed by is one cause, however many tools it stands in front of."""

from collections.abc import Callable

from analyzers import Report

SERVER = """
import os
from pathlib import Path
from fastmcp import FastMCP

mcp = FastMCP("notes")
ROOT = os.environ["NOTES"]


def inside(path):
    found = Path(path).resolve()
    if not str(found).startswith(ROOT):
        raise ValueError("not one of ours")
    return found


@mcp.tool
def read(path: str) -> str:
    return inside(path).read_text()


@mcp.tool
def write(path: str, text: str) -> None:
    inside(path).write_text(text)


@mcp.tool
def free(path: str) -> str:
    return (Path(ROOT) / path).read_text()


mcp.run(transport="http")
"""


def test_tools_behind_one_check_are_told_of_together(scan: Callable[[dict[str, str]], Report]) -> None:
    found = [finding for finding in scan({"server.py": SERVER}).findings if finding.rule == "path-traversal"]

    assert sorted(len(finding.tools) for finding in found) == [1, 2]


HEEDED = """
import httpx
from fastmcp import FastMCP
from fastmcp.server.auth.providers.jwt import JWTVerifier
from fastmcp.server.dependencies import get_access_token

mcp = FastMCP("orders", auth=JWTVerifier(jwks_uri="https://id.example.com/keys", audience="orders"))


def refusal(order):
    token = get_access_token()
    if token is not None and "orders:write" not in token.scopes:
        return "this connection may only read"
    return None


@mcp.tool
def refund(order: str) -> str:
    err = refusal(order)
    if err:
        return err
    return httpx.post("https://pay.example.com/refunds", json={"order": order}).text


@mcp.tool
def cancel(order: str) -> str:
    err = refusal(order)
    if err:
        return err
    return httpx.delete("https://pay.example.com/orders/1").text


mcp.run(transport="http")
"""


def test_a_check_that_fails_open_is_told_where_it_stands(scan: Callable[[dict[str, str]], Report]) -> None:
    found = [f for f in scan({"server.py": HEEDED}).findings if f.rule == "fail-open-authorization"]

    line = HEEDED[: HEEDED.index("if token is not None")].count("\n") + 1
    assert [(finding.location.line, len(finding.tools)) for finding in found] == [(line, 2)]
