"""Statements and GraphQL that a request sends, whoever wrote their texts; words of a search are none."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import httpx
import requests
from fastmcp import FastMCP

mcp = FastMCP("crm")
CRM = "https://crm.example"

def graph(query, variables=None):
    return httpx.post(f"{CRM}/graphql", json={"query": query, "variables": variables}).json()

def run(script, binds=None):
    payload = {"statementText": script}
    if binds:
        payload["binds"] = binds
    return requests.post(f"{CRM}/sql", json=payload).text

@mcp.tool
def find(kind: str) -> str:
    return ASKED

mcp.run(transport="http")
"""


def _rules(asked: str) -> list[str]:
    report = analyze(tree_of({"server.py": SERVER.replace("ASKED", asked)}))
    told = ("query-injection", "unbounded-capability-tool")
    return [finding.rule for finding in report.findings if finding.rule in told]


@pytest.mark.parametrize(
    "asked",
    [
        'httpx.get(f"{CRM}/query", params={"q": f"SELECT COUNT() FROM {kind}"}).text',
        'httpx.post(f"{CRM}/query", json={"statement": f"UPDATE {kind} SET a = 1"}).text',
        'httpx.post(f"{CRM}/query", json={"sql": f"{kind} LIMIT 10" if kind == "a" else f"SELECT {kind}"}).text',
        'run(f"SELECT * FROM {kind}")',
        """graph('query { person(id: "%s") { name } }' % kind)""",
    ],
)
def test_a_part_of_a_statement_is_told(asked: str) -> None:
    assert "query-injection" in _rules(asked)


@pytest.mark.parametrize(
    "asked",
    [
        'httpx.get(f"{CRM}/search", params={"q": f"select {kind}"}).text',
        'httpx.get(f"{CRM}/search", params={"q": kind}).text',
        'httpx.post(f"{CRM}/search", json={"query": kind}).text',
        'graph("query ($id: ID!) { person(id: $id) { name } }", {"id": kind})',
        "graph(kind)",
        'run("SELECT * FROM shop WHERE name = :name", [{"name": kind}])',
        'httpx.get(f"{CRM}/query", params={"q": f"SELECT Id FROM Lead LIMIT {int(kind)}"}).text',
    ],
)
def test_words_and_bound_values_are_not(asked: str) -> None:
    assert _rules(asked) == []


def test_a_whole_statement_is_what_a_tool_is_for() -> None:
    assert _rules("run(kind)") == ["unbounded-capability-tool"]
