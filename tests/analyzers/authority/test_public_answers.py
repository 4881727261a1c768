"""A server of public answers has nothing that a web page could not read by itself; one that may hold more does."""

import pytest

from analyzers import analyze
from analyzers.finding import Severity
from tests.analyzers.programs import tree_of

SERVER = """
import os
import httpx
from fastmcp import FastMCP
from tables import handlers

mcp = FastMCP("rules")
client = httpx.AsyncClient()
KEPT = load()

@mcp.tool
def notice() -> str:
    return "This server has moved."

@mcp.tool
async def rule(name: str) -> str:
    try:
        answer = await client.get(f"https://rules.example/r/{name}")
        answer.raise_for_status()
        return str(answer.text)
    except httpx.HTTPError as error:
        raise ValueError("no such rule") from error

OTHERS

mcp.run(transport="http", host="127.0.0.1")
"""
TOOL = "@mcp.tool\nasync def other(name: str) -> str:\n    "


def _severity(others: str) -> list[Severity]:
    report = analyze(tree_of({"server.py": SERVER.replace("OTHERS", others)}))
    return [finding.severity for finding in report.findings if finding.rule == "origin-validation-off"]


@pytest.mark.parametrize("others", ["", TOOL + 'return (await client.get("https://api.rules.example/all")).text'])
def test_public_answers_are_no_more_than_noted(others: str) -> None:
    assert _severity(others) == [Severity.INFO]


@pytest.mark.parametrize(
    "body",
    [
        'return (await client.get("https://rules.internal/all")).text',
        'return (await client.get("http://192.168.0.7/all")).text',
        'return (await client.get(os.environ["RULES_URL"])).text',
        'return (await client.get("https://rules.example/my", headers={"X-Api-Key": os.environ["RULES_KEY"]})).text',
        "return str(KEPT[name])",
        "return os.environ[name]",
        'return os.environ.get("HOME", "")',
        "return open(name).read()",
        "return handlers.ask(name)",
        'return (await client.delete(f"https://rules.example/r/{name}")).text',
    ],
)
def test_what_may_be_more_is_told(body: str) -> None:
    (severity,) = _severity(TOOL + body)
    assert severity > Severity.INFO


@pytest.mark.parametrize(
    "others",
    [
        "for handler in handlers:\n    mcp.tool(handler)",
        "@mcp.tool\n@handlers.seen\ndef more() -> str:\n    return 1",
    ],
)
def test_tools_that_are_not_in_sight_are_told(others: str) -> None:
    (severity,) = _severity(others)
    assert severity > Severity.INFO
