"""A request that is made and then opened is one request, which is sent where it is opened."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import os
import urllib.request
from urllib.parse import urlsplit
from fastmcp import FastMCP

mcp = FastMCP("pages")

@mcp.tool
def fetch(url: str) -> str:
    request = urllib.request.Request(url, headers={"Accept": "text/html"})
    HELD
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.read().decode()

@mcp.tool
def remove(order: str) -> str:
    headers = {"Authorization": os.environ["SHOP_TOKEN"]}
    request = urllib.request.Request(f"https://shop.example/orders/{int(order)}", headers=headers, method="DELETE")
    return urllib.request.urlopen(request).read().decode()

mcp.run(transport="http")
"""
HELD = """if urlsplit(url).hostname != "pages.example":
        raise ValueError(url)"""


@pytest.mark.parametrize(
    ("held", "rules"), [("", ["ssrf-model-controlled-host"]), (HELD, ["ssrf-redirect-after-check"])]
)
def test_one_request_is_told_once_and_held_where_it_is_opened(held: str, rules: list[str]) -> None:
    found = analyze(tree_of({"server.py": SERVER.replace("HELD", held)})).findings

    assert [one.rule for one in found if one.rule.startswith("ssrf")] == rules


def test_what_is_opened_is_sent_as_it_was_made() -> None:
    (row,) = [row for row in analyze(tree_of({"server.py": SERVER.replace("HELD", "")})).tools if row.name == "remove"]

    assert ("destroy" in row.capabilities, row.credentials, row.network) == (True, ("SHOP_TOKEN",), ("shop.example",))
