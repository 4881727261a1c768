"""Requests whose address a function is given in a table of options: `session.request(**options)`."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
import requests
from fastmcp import FastMCP

mcp = FastMCP("pages")


class Requester:
    def __init__(self):
        self.session = requests.Session()

    def once(self, **options):
        return self.session.request(**options)

    def request(self, **options):
        for _ in range(3):
            answer = self.once(**options)
        return answer


def fetch(**options):
    return requests.get(**options)


def ask(address, **options):
    return requests.get(address, **options)


@mcp.tool
def read(url: str, query: str) -> str:
    return {call}.text


mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("call", "network"),
    [
        ('Requester().request(method="GET", url=url)', ("any host",)),
        ("fetch(url=url, timeout=3)", ("any host",)),
        ('fetch(**{"url": url})', ("any host",)),
        ('fetch(url="https://api.example/all", params={"q": query})', ("api.example",)),
        ('Requester().request(method="GET", url="https://api.example/all", params={"q": query})', ("api.example",)),
        ('ask("https://api.example/all", params={"q": query})', ("api.example",)),
    ],
)
def test_a_request_goes_where_its_options_say(
    scan: Callable[[dict[str, str]], Report], call: str, network: tuple[str, ...]
) -> None:
    report = scan({"server.py": SERVER.format(call=call)})
    (row,) = report.tools

    assert row.network == network
    assert ("ssrf-model-controlled-host" in {item.rule for item in report.findings}) is (network == ("any host",))
