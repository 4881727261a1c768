"""Addresses that are cut or changed further behind begin as they did."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

HEAD = """
import os, re
import requests
from urllib.parse import quote
from fastmcp import FastMCP

mcp = FastMCP("shop")
BASE = os.getenv("SHOP_URL")

def ordered(url: str, order: str) -> str:
    if "q=" in url:
        return re.sub(r"(q=[^&]*)", rf"\\1^{order}", url)
    return f"{url}&q={order}"

def encoded(url: str) -> str:
    head, tail = url.split("q=", 1)
    return f"{head}q={quote(tail)}"
"""
ADDRESSES = {
    'ordered(f"{BASE}/api/{it}?a=b", "x")': False,
    'encoded(f"{BASE}/api/{it}?q=b")': False,
    'f"{BASE}/api/{it}".split("?")[0]': False,
    'f"{BASE}/api/{it}".partition("#")[0]': False,
    'ordered(it, "x")': True,
    "encoded(it)": True,
    'it.split("?")[0]': True,
    'f"https://{it}/x".split("?")[0]': True,
    'f"https://{it}/x".split("/")[2]': True,
    're.sub("shop", it, "https://shop.dev/x")': True,
    're.sub("https://[^/]+", "https://" + it, BASE)': True,
}


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_host_of_an_address_is_chosen_where_its_beginning_is(address: str) -> None:
    tool = f"\n@mcp.tool\ndef read(it: str) -> str:\n    return requests.get({address}).text\n"
    report = analyze(tree_of({"server.py": f'{HEAD}{tool}\nmcp.run(transport="http")\n'}))

    told = "ssrf-model-controlled-host" in {item.rule for item in report.findings}
    assert told is ADDRESSES[address]
