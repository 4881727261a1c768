"""Addresses that a record carries to what sends it: what is written before the caller's part stays in front of it."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import os
from dataclasses import dataclass

import httpx
from fastmcp import FastMCP

PATH = "/search/{address}.json"
mcp = FastMCP("maps")


@dataclass
class Request:
    url: str
    method: str = "GET"


class Client:
    def __init__(self, base):
        self._base = base

    def send(self, request):
        return httpx.request(request.method, f"{self._base}{request.url}").text


client = Client(os.environ.get("MAPS", "https://maps.example.org"))


@mcp.tool
def find(address: str) -> str:
    return client.send(Request(url=URL))


mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("url", "told"), [("PATH.format(address=address)", False), ('f"/search/{address}"', False), ("address", True)]
)
def test_the_host_is_only_the_callers_where_nothing_stands_before(url: str, told: bool) -> None:
    report = analyze(tree_of({"server.py": SERVER.replace("URL))", f"{url}))")}))

    found = [item.rule for item in report.findings if item.rule.startswith("ssrf")]

    assert found == (["ssrf-model-controlled-host"] if told else [])
