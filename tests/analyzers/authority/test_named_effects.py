"""Tools of which only reading is seen, and whose name speaks for what a library does that is not known."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
import json
from fastmcp import FastMCP
from broker.client import Account

mcp = FastMCP("desk")

def settings() -> dict:
    with open("/etc/desk/settings.json") as file:
        return json.load(file)

@mcp.tool
def NAME(number: str) -> str:
    account = Account(settings()["account"])
    return DONE

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("name", "done", "gravest"),
    [
        ("delete_order", "account.wind_down(number)", "destroy"),
        ("transfer_funds", "account.shift(number)", "money"),
        ("get_order", "account.wind_down(number)", "read-private"),
        ("delete_order", "json.dumps(settings())", "read-private"),
    ],
)
def test_name_speaks_for_what_is_not_known(
    scan: Callable[[dict[str, str]], Report], name: str, done: str, gravest: str
) -> None:
    (row,) = scan({"server.py": SERVER.replace("NAME", name).replace("DONE", done)}).tools

    assert row.capabilities[0] == gravest
