"""What functions of `operator` prepare, what generators give, and what is run for each of a list is followed."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import itertools
import operator
from concurrent.futures import ThreadPoolExecutor
from functools import reduce
from operator import attrgetter, itemgetter, methodcaller

import httpx
from fastmcp import FastMCP

mcp = FastMCP("pages")

class Pages:
    def remove(self, url):
        return httpx.delete(url).text

class Shop:
    def __init__(self):
        self.pages = Pages()

pages, shop = Pages(), Shop()
TABLE = {"read": httpx.get, "remove": httpx.delete}

def opened():
    yield Pages()

def all_opened():
    yield from opened()

async def connected():
    async with httpx.AsyncClient() as client:
        yield client

def remove(url):
    return pages.remove(url)

def step(done, url):
    return done + remove(url)

@mcp.tool
async def act(url: str) -> str:
    BODY
    return ""

mcp.run(transport="http")
"""
REMOVING = {
    "a method by name": 'methodcaller("remove", url)(pages)',
    "a method of a library": 'call = operator.methodcaller("delete", url)\n    call(httpx)',
    "an attribute": 'attrgetter("remove")(pages)(url)',
    "an attribute of an attribute": 'operator.attrgetter("pages.remove")(shop)(url)',
    "an entry": 'itemgetter("remove")(TABLE)(url)',
    "of a generator": "for page in opened():\n        page.remove(url)",
    "of a generator of another's": "for page in all_opened():\n        page.remove(url)",
    "of an asynchronous generator": "async for client in connected():\n        await client.delete(url)",
    "of one of its items": "client = await anext(connected())\n    await client.delete(url)",
    "folded": 'reduce(step, [url], "")',
    "of a library, for each": "list(map(httpx.delete, [url]))",
    "of a library, in a pool": "with ThreadPoolExecutor() as pool:\n        pool.submit(httpx.delete, url)",
    "for each, in a pool": "with ThreadPoolExecutor() as pool:\n        list(pool.map(remove, [url]))",
}


@pytest.mark.parametrize("body", REMOVING.values(), ids=REMOVING)
def test_what_it_comes_to_is_what_the_tool_does(body: str) -> None:
    report = analyze(tree_of({"server.py": SERVER.replace("BODY", body)}))
    (row,) = report.tools

    assert row.capabilities == ("destroy",)
    assert [one.rule for one in report.findings if one.rule.startswith("ssrf")] == ["ssrf-model-controlled-host"]


READING = ('itemgetter("read")(TABLE)(url)', 'sorted([{"a": url}], key=itemgetter("a"))')


@pytest.mark.parametrize("body", READING)
def test_what_it_does_not_come_to_is_not(body: str) -> None:
    (row,) = analyze(tree_of({"server.py": SERVER.replace("BODY", body)})).tools

    assert row.capabilities == ("read-public",)


def test_tools_that_a_generator_gives_are_found() -> None:
    tools = "def tools():\n    yield remove\n    yield from [step]\n\n"
    registered = f"{tools}for tool in tools():\n    mcp.add_tool(tool)\n\nmcp.run"
    rows = analyze(tree_of({"server.py": SERVER.replace("BODY", "pass").replace("mcp.run", registered)})).tools

    assert {row.name: "destroy" in row.capabilities for row in rows} == {"act": False, "remove": True, "step": True}
