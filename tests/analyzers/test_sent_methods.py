"""What a request does is told by its method, wherever that is written, and by who chooses it."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

PROGRAM = """
import http.client
import json
import urllib.request
from typing import Literal

import aiohttp
import httpx
import requests
from fastmcp import FastMCP
from tornado.httpclient import AsyncHTTPClient

mcp = FastMCP("shop")
URL = "https://shop.example.com/orders"
client = httpx.Client()


def sent(method, path):
    return client.request(method, URL + path).text


@mcp.tool
async def act(method: str, path: str, kind: Literal["GET", "HEAD"] = "GET") -> str:
    {call}
    return "done"


mcp.run(transport="http")
"""

CALLS = {
    "httpx.request(method, URL)": "write",
    "httpx.request(method.upper(), URL)": "write",
    "client.request(method=method, url=URL)": "write",
    "sent(method, path)": "write",
    "getattr(client, method.lower())(URL)": "write",
    "aiohttp.request(method, URL)": "write",
    "urllib.request.urlopen(urllib.request.Request(URL, method=method))": "write",
    "urllib.request.urlopen(URL, data=path.encode())": "write",
    "urllib.request.urlopen(urllib.request.Request(URL, b'{}'))": "write",
    "urllib.request.urlopen(urllib.request.Request(URL, method='DELETE'))": "destroy",
    "http.client.HTTPSConnection('shop.example.com').request('DELETE', path)": "destroy",
    "client.send(client.build_request('DELETE', URL))": "destroy",
    "requests.Session().send(requests.Request('DELETE', URL).prepare())": "destroy",
    "await AsyncHTTPClient().fetch(URL, method='DELETE')": "destroy",
    "sent('DELETE', path)": "destroy",
    # Nothing that changes anything.
    "urllib.request.urlopen(URL, data=json.dumps({'model': 'm', 'prompt': path}).encode())": "read-public",
    "httpx.request(kind, URL)": "read-public",
    "sent('GET', path)": "read-public",
    "urllib.request.urlopen(URL, None)": "read-public",
    "urllib.request.urlopen(urllib.request.Request(URL, headers={}))": "read-public",
    "client.send(client.build_request('GET', URL))": "read-public",
    "await AsyncHTTPClient().fetch(URL)": "read-public",
}


@pytest.mark.parametrize("call", CALLS)
def test_a_request_is_what_its_method_says(call: str) -> None:
    (row,) = analyze(tree_of({"server.py": PROGRAM.replace("{call}", call)})).tools
    assert row.capabilities[0] == CALLS[call]


def test_a_method_that_is_asked_for_is_not_any() -> None:
    checked = "if method not in ('GET', 'HEAD'):\n        raise ValueError(method)\n    httpx.request(method, URL)"
    (row,) = analyze(tree_of({"server.py": PROGRAM.replace("{call}", checked)})).tools
    assert row.capabilities == ("read-public",)
