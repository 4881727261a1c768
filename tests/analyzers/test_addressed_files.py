"""Files behind addresses, and what a fix may say of the secret in what several tools are answered with."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

READING = """
from pathlib import Path
from fastmcp import FastMCP

mcp = FastMCP("files")
BASE = Path("/srv/files")

@mcp.tool
def read(uri: str) -> str:
    if not uri.startswith("storage://local/"):
        raise ValueError("another")
    path = BASE / uri.split("storage://local/")[1]
    {work}
    with open(path) as file:
        return file.read()

mcp.run()
"""
COMPARED = 'path = path.resolve()\n    if not str(path).startswith({base}):\n        raise ValueError("outside")'


@pytest.mark.parametrize(
    ("work", "note"),
    [
        pytest.param("pass", "lead out of its folder.", id="the scheme is no folder"),
        pytest.param(COMPARED.format(base="str(BASE)"), "a prefix without a separator", id="compared too short"),
        pytest.param(COMPARED.format(base='f"{BASE}/"'), "", id="compared well"),
    ],
)
def test_the_scheme_of_an_address_is_no_folder(work: str, note: str) -> None:
    report = analyze(tree_of({"server.py": READING.format(work=work)}))
    found = [finding.message for finding in report.findings if finding.rule == "path-traversal"]

    assert [note in message for message in found] == ([True] if note else [])


ANSWERING = """
import json
import os
import requests
from fastmcp import FastMCP

mcp = FastMCP("weather")

def key() -> str:
    return os.environ["WEATHER_KEY"]

def weather(city: str) -> str:
    try:
        return requests.get(f"https://api.example.com/v1?key={key()}&q={city}").text
    except Exception as error:
        return json.dumps({"error": str(error), "city": city})

@mcp.tool
def today(city: str) -> str:
    return ANSWER

@mcp.tool
def tomorrow(city: str) -> str:
    return ANSWER

mcp.run()
"""


@pytest.mark.parametrize(
    ("answer", "is_mended"), [pytest.param("weather(city)", False, id="more"), pytest.param("key()", True, id="alone")]
)
def test_an_answer_that_says_more_is_not_replaced(answer: str, is_mended: bool) -> None:
    report = analyze(tree_of({"server.py": ANSWERING.replace("ANSWER", answer)}))
    found = [finding for finding in report.findings if finding.rule == "secret-returned-to-model"]

    assert found
    assert all((finding.fix is not None) == is_mended for finding in found)
