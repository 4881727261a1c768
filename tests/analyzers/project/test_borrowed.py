"""Of a file of tests that the product imports only what it uses is the product's."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
from fastmcp import FastMCP
from shop.testing import Generator

mcp = FastMCP("shop")

@mcp.tool
def made() -> str:
    return Generator().made()

mcp.run()
"""
TESTING = """
import httpx

__all__ = ["Generator", "send"]

class Generator:
    def made(self) -> str:
        MADE
        return "card"

def send(address: str) -> int:
    return httpx.post(address, verify=False).status_code

LOADED
if __name__ == "__main__":
    send("https://chat.internal/")
"""
CASES = {
    ("", ""): [],
    ('send("https://chat.internal/")', ""): ["tls-verification-disabled"],
    ("", 'send("https://chat.internal/")'): ["tls-verification-disabled"],
}


@pytest.mark.parametrize(("texts", "expected"), CASES.items())
def test_what_only_tests_call_is_theirs(
    scan: Callable[[dict[str, str]], Report], texts: tuple[str, str], expected: list[str]
) -> None:
    made, loaded = texts
    testing = TESTING.replace("MADE", made or "pass").replace("LOADED", loaded)

    report = scan({"shop/server.py": SERVER, "shop/__init__.py": "", "shop/testing/__init__.py": testing})

    assert [found.rule for found in report.findings if found.rule.startswith("tls")] == expected
