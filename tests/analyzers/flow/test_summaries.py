"""Functions that call each other are solved to a fixpoint, or are told to be unresolved."""

import pytest

from analyzers.engine import judge
from analyzers.flow.rounds import passes
from tests.analyzers.programs import facts_of, flow_of, named

CHAINED = """
import requests

def f0(url, depth):
    requests.delete(url)
"""


def _chain(length: int) -> str:
    """Return functions that each call the next and the one before; the first and the last have an effect."""
    steps = [
        f"def f{number}(url, depth):\n    f{number + 1}(url, depth)\n    f{number - 1}(url, depth)\n"
        for number in range(1, length - 1)
    ]
    last = f"def f{length - 1}(url, depth):\n    requests.post(url)\n    f{length - 2}(url, depth)\n"
    return "\n".join((CHAINED + "    f1(url, depth)\n", *steps, last))


def test_a_short_cycle_is_solved() -> None:
    flow = flow_of(_chain(5))
    summary = flow.summary(named(flow.program, "f4"))

    assert {effect.kind for effect in summary.effects} == {"destroy", "write"}
    assert not summary.truncated


def test_a_cycle_that_comes_to_no_fixpoint_is_told() -> None:
    flow = flow_of(_chain(60))

    assert flow.summary(named(flow.program, "f59")).truncated


def test_an_entry_point_behind_such_a_cycle_is_unresolved() -> None:
    server = """
from mcp.server.fastmcp import FastMCP
mcp = FastMCP("chain")

@mcp.tool()
def go(url: str) -> None:
    f59(url, 1)

mcp.run("sse")
"""
    (row,) = judge({"server.py": facts_of(_chain(60) + server)}, ()).analysis.rows

    assert row.unresolved == ("it does more than the analysis follows",)


def test_a_tool_of_a_large_dispatcher_is_what_its_own_branch_does() -> None:
    branches = "\n".join(
        f'    if name == "t{tool}":\n'
        + "\n".join(f'        requests.post("https://api-{tool}-{part}.example.com/")' for part in range(10))
        for tool in range(20)
    )
    server = f"""
import requests
from mcp import types
from mcp.server import Server
from mcp.server.stdio import stdio_server

server = Server("many")

@server.list_tools()
async def list_tools():
    return [types.Tool(name=name, inputSchema={{}}) for name in {[f"t{tool}" for tool in range(20)]}]

@server.call_tool()
async def call_tool(name: str, arguments: dict):
{branches}
"""
    analysis = judge({"server.py": facts_of(server)}, ()).analysis

    assert analysis.flow.summary(named(analysis.program, "call_tool")).truncated
    assert {row.name: (len(row.effects), row.unresolved) for row in analysis.rows if row.entry.kind == "tool"} == {
        f"t{tool}": (10, ()) for tool in range(20)
    }


def test_what_a_call_does_is_told_once_with_the_fewest_guards() -> None:
    flow = flow_of("""
import httpx
from fastmcp.server.dependencies import get_access_token

def send(number: str) -> None:
    httpx.delete("https://crm.internal/customers/" + number)

def remove(number: str) -> None:
    if "admin" in get_access_token().scopes:
        send(number)
    else:
        send(number)
    send("all")
    send(number)
""")

    effects = flow.summary(named(flow.program, "remove")).effects

    assert [(len(effect.guards), "all" in effect.url[-1].text) for effect in effects] == [(0, False), (0, True)]


@pytest.mark.parametrize("asked", [("Client", "token"), ("Settings", "secret")])
def test_attributes_made_of_each_other_are_known_whichever_is_asked_first(asked: tuple[str, str]) -> None:
    flow = flow_of("""
import os

class Settings:
    def __init__(self, client: "Client"):
        self.secret = client.token or os.environ["SECRET"]

class Client:
    def __init__(self, settings: Settings):
        self.token = settings.secret or os.environ["TOKEN"]
""")
    flow.labeler.attribute(named(flow.program, asked[0]), asked[1])

    found = [
        flow.labeler.attribute(named(flow.program, name), key)
        for name, key in (("Client", "token"), ("Settings", "secret"))
    ]

    assert [sorted(labels) for labels in found] == [["env:SECRET", "env:TOKEN"]] * 2


RETRIED = """
import httpx

def check(url):
    if url.host not in ("a.example.com",):
        raise ValueError(url)

def fetch(url, tries=0):
    check(url)
    answer = httpx.get(url)
    if tries < 3:
        return again(answer.headers["location"], url, tries + 1)
    return answer

def again(next, url, tries):
    if tries > 1:
        httpx.post(next)
    return fetch(url, tries)
"""


def test_what_a_function_does_by_itself_again_is_told_as_it_is_and_once_more() -> None:
    flow = flow_of(RETRIED)
    summary = flow.summary(named(flow.program, "fetch"))

    assert {effect.name for effect in summary.effects} == {"httpx.get", "httpx.post"}
    assert max(passes(effect, named(flow.program, "fetch")) for effect in summary.effects) <= 2
    assert not summary.truncated


def test_what_a_function_is_given_by_itself_is_told() -> None:
    flow = flow_of(
        """
import httpx

def walk(page, link):
    httpx.get(page)
    walk(link, page)
"""
    )
    summary = flow.summary(named(flow.program, "walk"))

    places = {label for effect in summary.effects for piece in effect.url for label in piece.labels}
    assert {label[-1] for label in places} == {"0", "1"}
