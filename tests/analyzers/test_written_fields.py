"""Fields of a table that is written as text and read again are those that the table was made with."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
import json
import httpx
from fastmcp import FastMCP

mcp = FastMCP("papers")


def parsed(text: str) -> dict:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def listed(topic: str) -> str:
    rows = httpx.get("https://papers.internal/list").json()
    return json.dumps(WRITTEN, indent=2)


@mcp.tool
def read(topic: str) -> str:
    found = READ
    return httpx.get(found["url"]).text


mcp.run(transport="http")
"""
OWN = '{"topic": topic, "url": f"https://papers.internal/{rows[0]}"}'
CHOSEN = '{"topic": "all", "url": f"https://{topic}/"}'


@pytest.mark.parametrize("read", ["json.loads(listed(topic))", "parsed(listed(topic))"])
@pytest.mark.parametrize(("written", "is_told"), [(OWN, False), (CHOSEN, True), ("rows | {'url': topic}", True)])
def test_an_address_in_written_text_is_as_it_was_put_there(
    scan: Callable[[dict[str, str]], Report], read: str, written: str, is_told: bool
) -> None:
    assert _tells(scan, written, read) is is_told


@pytest.mark.parametrize("read", ["json.loads(topic)", "parsed(topic)", 'json.loads(json.dumps({"url": topic}))'])
def test_an_address_in_the_callers_own_text_is_the_callers(scan: Callable[[dict[str, str]], Report], read: str) -> None:
    assert _tells(scan, OWN, read)


def test_a_hook_may_put_anything_under_any_name(scan: Callable[[dict[str, str]], Report]) -> None:
    assert _tells(scan, OWN, 'json.loads(listed(topic), object_hook=lambda found: {"url": found["topic"]})')


def _tells(scan: Callable[[dict[str, str]], Report], written: str, read: str) -> bool:
    text = SERVER.replace("WRITTEN", written).replace("READ", read)
    return "ssrf-model-controlled-host" in {finding.rule for finding in scan({"server.py": text}).findings}
