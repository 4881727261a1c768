"""What is posted and only asks is no change, and what may change something is one."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

PROGRAM = """
import httpx
from fastmcp import FastMCP

mcp = FastMCP("notes")

@mcp.tool
def ask(text: str, number: int) -> str:
    body = {body}
    return httpx.post("https://service.example/v1/run", json=body).text

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("body", "gravest"),
    [
        ('{"model": "small", "input": text}', "read-public"),
        ('{"model": "small", "messages": [{"role": "user", "content": text}]}', "read-public"),
        ('{"sql": "SELECT * FROM notes WHERE name = ?", "params": [text]}', "read-public"),
        (
            '{"query": "query Notes($name: String) { notes(name: $name) { text } }", "variables": {}}',
            "read-public",
        ),
        ('{"query": "mutation Add($name: String) { add(name: $name) { id } }", "variables": {}}', "write"),
        ('{"sql": "SELECT 1; DELETE FROM notes"}', "write"),
        ('{"sql": "SELECT text INTO copies FROM notes"}', "write"),
        ('{"sql": "DELETE FROM notes WHERE name = ?", "params": [text]}', "write"),
        ('{"sql": text}', "write"),
        ('{"model": text, "price": number}', "write"),
        ('{"text": text}', "write"),
    ],
)
def test_a_question_is_no_change(body: str, gravest: str) -> None:
    (row,) = analyze(tree_of({"server.py": PROGRAM.format(body=body)})).tools

    assert row.capabilities[0] == gravest
