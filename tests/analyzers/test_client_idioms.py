"""What a client sends on is not kept by it, and a name that asks second asks all the same."""

import pytest

from analyzers import analyze
from analyzers.finding import Severity
from tests.analyzers.programs import tree_of

KEPT = """
import pymilvus
from fastmcp import FastMCP

mcp = FastMCP("memories")

class Memories:
    def __init__(self):
        self.held = {made}

    def add(self, text: str) -> None:
        self.held.append(text)

    def newest(self) -> str:
        return self.held[-1]

memories = Memories()

@mcp.tool
def remember(text: str) -> str:
    memories.add(text)
    return "kept"

@mcp.tool
def recall() -> str:
    return memories.newest()

mcp.run(transport="http")
"""


@pytest.mark.parametrize(("made", "told"), [("pymilvus.MilvusClient()", False), ("[]", True)])
def test_a_client_keeps_nothing_itself(made: str, told: bool) -> None:
    found = analyze(tree_of({"server.py": KEPT.format(made=made)})).findings

    assert ("cross-session-state" in {one.rule for one in found}) is told


ASKED = """
import os
import httpx
from fastmcp import FastMCP

mcp = FastMCP("patents")

@mcp.tool
def {name}(query: str) -> str:
    headers = {{"X-Api-Key": os.environ["PATENTS_KEY"]}}
    return httpx.post(os.environ["PATENTS_URL"], json={{"q": query}}, headers=headers).text

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("name", "severity"),
    [
        ("search_patents", Severity.LOW),
        ("odp_search_patents", Severity.LOW),
        ("odp_update_search", Severity.MEDIUM),
        ("odp_search_and_update", Severity.MEDIUM),
        ("patents", Severity.MEDIUM),
    ],
)
def test_a_post_asks_where_the_first_verb_does(name: str, severity: Severity) -> None:
    found = analyze(tree_of({"server.py": ASKED.format(name=name)})).findings

    assert [one.severity for one in found if one.rule == "missing-tool-call-audit"] == [severity]


MODEL = """
import openai
from fastmcp import FastMCP

mcp = FastMCP("answers")
client = openai.OpenAI()

@mcp.tool
def answer(question: str) -> str:
    return client.chat.completions.create(model="m", messages=[{"role": "user", "content": question}])

mcp.run(transport="http", host="0.0.0.0")
"""


def test_a_server_that_only_asks_a_model_is_told_of_what_it_costs() -> None:
    (told,) = [one for one in analyze(tree_of({"server.py": MODEL})).findings if one.rule.startswith("unauthenticated")]

    assert told.severity is Severity.MEDIUM
    assert "at the expense of the server" in told.why


LENT = """
import os
import httpx
from fastmcp import FastMCP

mcp = FastMCP("orders")
HEADERS = {{"authorization": os.environ["ORDERS_TOKEN"]}}

async def follow(client, place: str, headers: dict) -> str:
    return {given}

@mcp.tool
async def orders(place: str) -> str:
    async with httpx.AsyncClient() as client:
        return await follow(client, f"https://orders.internal/{{int(place)}}", HEADERS)
"""


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("await client.get(place, headers=headers)", False),
        ("client.get(place, headers)", True),
        ("client.get(place, default=headers)", True),
    ],
)
def test_the_options_of_a_request_are_no_answer(given: str, told: bool) -> None:
    found = analyze(tree_of({"server.py": LENT.format(given=given)})).findings

    assert ("secret-returned-to-model" in {one.rule for one in found}) is told
