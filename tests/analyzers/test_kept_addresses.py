"""Addresses that objects keep, and texts in which placeholders are replaced: which part of them a caller writes."""

from collections.abc import Callable

import pytest

from analyzers import Report

KEEPING = """
import requests
from atlassian import Confluence
from fastmcp import FastMCP
from fastmcp.server.dependencies import get_http_headers

mcp = FastMCP("pages")

class Adapter:
    def __init__(self, session, base_url):
        self.session = session
        self.base_url = base_url

    def read(self):
        return self.session.get(f"{self.base_url}/api/v2/spaces").text

class Wiki:
    def __init__(self, cloud):
        session = requests.Session()
        self.confluence = Confluence(url=ADDRESS, session=session)
        self.adapter = Adapter(session, self.confluence.url)

@mcp.tool
def read() -> str:
    return Wiki(get_http_headers().get("x-cloud")).adapter.read()

mcp.run(transport="http")
"""
FILLING = """
import httpx
from urllib.parse import quote
from fastmcp import FastMCP
from settings import settings

mcp = FastMCP("calls")

def filled(path, parameters):
    url = path
    for name, value in parameters.items():
        url = url.replace("{" + name + "}", VALUE)
    return url, {}

@mcp.tool
def call(endpoint: str, parameters: dict) -> str:
    if endpoint not in {"/orders": 1, "/orders/{id}": 2}:
        return "no such endpoint"
    url, _ = filled(endpoint, parameters)
    return httpx.get(f"{settings.base}{url}").text

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("server", "found"),
    [
        pytest.param(KEEPING.replace("ADDRESS", 'f"https://api.wiki.example/ex/{cloud}"'), False, id="a constant host"),
        pytest.param(KEEPING.replace("ADDRESS", 'f"https://{cloud}.wiki.example/"'), True, id="a part of the host"),
        pytest.param(KEEPING.replace("ADDRESS", "cloud"), True, id="all of the address"),
        pytest.param(FILLING.replace("VALUE", 'quote(str(value), safe="")'), False, id="what is quoted"),
        pytest.param(FILLING.replace("VALUE", "str(value)"), True, id="what is not"),
    ],
)
def test_a_host_is_chosen_by_who_writes_it(scan: Callable[[dict[str, str]], Report], server: str, found: bool) -> None:
    report = scan({"server.py": server})

    assert ("ssrf-model-controlled-host" in {finding.rule for finding in report.findings}) is found
