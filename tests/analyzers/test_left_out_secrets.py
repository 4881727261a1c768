"""Tables that are logged without the entries of some keys, by a condition on the key."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
import logging
import httpx
from fastmcp import FastMCP

log = logging.getLogger(__name__)
mcp = FastMCP("shop")

class Account:
    def __init__(self, api_token: str, password: str):
        self.api_token = api_token
        self.password = password

    def ask(self, number: str) -> str:
        options = {"apiToken": self.api_token, "number": number}
        log.info("asks with %s", {key: value for key, value in options.items()CONDITION})
        return httpx.post("https://shop.internal", json=options).text

account = Account(load("token"), load("password"))

@mcp.tool
def order(number: str) -> str:
    return account.ask(number)

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        (' if key not in ("password", "apiToken")', False),
        (' if key != "apiToken"', False),
        (' if not key in ("api_token",)', False),
        (' if key not in ("password",)', True),
        (' if key in ("apiToken", "number")', True),
        ("", True),
    ],
)
def test_an_entry_whose_key_is_left_out_is_not_written(
    scan: Callable[[dict[str, str]], Report], condition: str, told: bool
) -> None:
    report = scan({"server.py": SERVER.replace("CONDITION", condition)})

    assert ("secret-in-log" in {finding.rule for finding in report.findings}) is told
