"""What a function takes as the rest of its arguments arrives where it hands that on, each at its place."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import httpx
from fastmcp import FastMCP

mcp = FastMCP("pages")

def send(method, url, body=None):
    return httpx.request(method, url, json=body).text

FORWARD

@mcp.tool
def act(url: str) -> str:
    return str(CALL)

mcp.run(transport="http")
"""
FORWARDS = {
    "to a function": "def call(*args, **options):\n    return send(*args, **options)",
    "to a library": "def call(*args, **options):\n    return httpx.request(*args, **options)",
    "through another": "def call(*args, **options):\n    return again(*args, **options)\n\n"
    "def again(*args, **options):\n    return send(*args, **options)",
}
CALLS = {
    "the address by place": ('call("DELETE", url)', "any host"),
    "the address by name": ('call("DELETE", url=url)', "any host"),
    "all by name": ('call(method="DELETE", url=url)', "any host"),
    "another address": ('call("DELETE", "https://a.example/" + url)', "a.example"),
    "another address by name": ('call("DELETE", url="https://a.example/" + url)', "a.example"),
}


@pytest.mark.parametrize(("call", "network"), CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("forward", FORWARDS.values(), ids=FORWARDS)
def test_each_arrives_at_its_place(forward: str, call: str, network: str) -> None:
    (row,) = analyze(tree_of({"server.py": SERVER.replace("FORWARD", forward).replace("CALL", call)})).tools

    assert (row.capabilities, row.network) == (("destroy",), (network,))


MAKERS = {
    "a function": "def sender(method):\n    def inner(url):\n        return send(method, url)\n    return inner",
    "a lambda": "def sender(method):\n    return lambda url: send(method, url)",
    "a method": "class Senders:\n    def of(self, method):\n        return lambda url: send(method, url)\n\n"
    "sender = Senders().of",
}


@pytest.mark.parametrize("called", ['sender("DELETE")(url)', "kept(url)"], ids=["at once", "by name"])
@pytest.mark.parametrize("maker", MAKERS.values(), ids=MAKERS)
def test_a_function_has_what_the_one_that_made_it_was_given(maker: str, called: str) -> None:
    made = f'{maker}\n\nkept = sender("DELETE")\nother = sender("GET")'
    (row,) = analyze(tree_of({"server.py": SERVER.replace("FORWARD", made).replace("CALL", called)})).tools

    assert row.capabilities == ("destroy",)
