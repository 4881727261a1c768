"""What looks like a finding in the ways in which servers are written, and is none, beside what is one."""

import textwrap
from collections.abc import Callable

import pytest

from analyzers import Report

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
CASES = [
    pytest.param("unauthenticated-network-server", SHARED_SETUP.format(served="remote"), False, id="verified one"),
    pytest.param("unauthenticated-network-server", SHARED_SETUP.format(served="local"), True, id="open one"),
]


@pytest.mark.parametrize(("rule", "program", "is_told"), CASES)
def test_a_rule_tells(scan: Callable[[dict[str, str]], Report], rule: str, program: str, *, is_told: bool) -> None:
    report = scan({"server.py": textwrap.dedent(program), "requirements.txt": "fastmcp"})

    assert (rule in {finding.rule for finding in report.findings}) == is_told
