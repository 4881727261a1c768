"""A test of the scheme that refuses is told as one of the scheme alone; one that chooses what to do is none."""

import textwrap

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import httpx
from pathlib import Path
from urllib.parse import urlsplit
from fastmcp import FastMCP

mcp = FastMCP("pages")

def is_web(source: str) -> bool:
    return urlsplit(source).scheme in ("http", "https")

def fetched(source: str) -> str:
    return httpx.get(source).text

def local(source: str) -> str:
    return Path("/srv", Path(source).name).read_text()

def complaint(source: str) -> str | None:
    if urlsplit(source).scheme not in ("http", "https"):
        return "not a page"
    return None

class Answer:
    def __init__(self, source: str, text: str):
        self.source, self.text = source, text

def make_error(source: str) -> dict:
    return {"error": source}

def checked(source: str) -> str:
    if not source.startswith(("http://", "https://")):
        raise ValueError(source)
    return source

@mcp.tool
def load(source: str) -> str:
"""
GUARD, NONE = True, False
ASKED = "only the scheme or path is compared"
BODIES = {
    "an error": ('if not source.startswith("http"):\n    raise ValueError(source)\nreturn fetched(source)', GUARD),
    "a word": ('if source.startswith("http"):\n    return fetched(source)\nreturn "no"', GUARD),
    "a text about it": ('if is_web(source):\n    return fetched(source)\nreturn str(f"no {source}")', GUARD),
    "a helper that refuses": ("return fetched(checked(source))", GUARD),
    "an answer about it": ("if is_web(source):\n    return fetched(source)\nreturn Answer(source, 'no')", GUARD),
    "an error about it": ("if is_web(source):\n    return fetched(source)\nreturn make_error(source)", GUARD),
    "the answer of a helper": ("error = complaint(source)\nif error:\n    return error\nreturn fetched(source)", GUARD),
    "a file": ("if is_web(source):\n    return fetched(source)\nreturn local(source)", NONE),
    "a file, of the beginning": (
        'if source.startswith("http"):\n    return fetched(source)\nreturn local(source)',
        NONE,
    ),
    "either": ("text = fetched(source) if is_web(source) else local(source)\nreturn text", NONE),
    "an answer of both": (
        "if is_web(source):\n    text = fetched(source)\nelse:\n    text = local(source)\nreturn text",
        NONE,
    ),
}


@pytest.mark.parametrize(("body", "is_check"), BODIES.values(), ids=BODIES)
def test_what_only_chooses_how_to_go_on_is_no_check(body: str, *, is_check: bool) -> None:
    program = f"{SERVER}{textwrap.indent(body, '    ')}\n\nmcp.run(transport='http')\n"
    report = analyze(tree_of({"server.py": program}))
    (found,) = (item for item in report.findings if item.rule == "ssrf-model-controlled-host")

    assert (ASKED in [step.note for step in found.evidence]) is is_check
