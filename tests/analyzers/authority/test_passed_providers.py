"""Providers that constructors are given, and that functions only make where a setting asks for them."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
import importlib
import os
import httpx
from fastmcp import FastMCP
from fastmcp.server.auth import AuthProvider

def loaded() -> AuthProvider | None:
    asked = os.environ.get("SHOP_AUTH", "").strip()
    if not asked:
        return None
    return importlib.import_module(asked).make()

def needed() -> AuthProvider:
    return importlib.import_module(os.environ["SHOP_AUTH"]).make()

class Shop:
    def __init__(self, *, auth: AuthProvider | None = None):
        self.mcp = FastMCP("shop", auth=auth)

        @self.mcp.tool
        def drop(number: str) -> str:
            return httpx.delete(f"https://shop.internal/orders/{number}").text

    def run(self, **options):
        self.mcp.run(**options)

def main():
    MADE.run(transport="http", host="HOST")

main()
"""


@pytest.mark.parametrize(
    ("made", "host", "authentication", "is_told"),
    [
        pytest.param("Shop(auth=loaded())", "0.0.0.0", "possibly", True, id="by a setting"),
        pytest.param("Shop(auth=loaded())", "127.0.0.1", "possibly", False, id="by a setting, on this machine"),
        pytest.param("Shop(auth=needed())", "0.0.0.0", "AuthProvider", False, id="always"),
    ],
)
def test_a_provider_is_there_where_one_is_passed(
    scan: Callable[[dict[str, str]], Report], made: str, host: str, authentication: str, is_told: bool
) -> None:
    report = scan({"server.py": SERVER.replace("MADE", made).replace("HOST", host)})
    (row,) = report.tools
    told = [finding.message for finding in report.findings if finding.rule == "unauthenticated-network-server"]

    assert row.authentication.startswith(authentication)
    assert ["until it is configured otherwise" in message for message in told] == [True] * is_told
