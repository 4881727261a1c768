"""Labels of long chains and of cycles: none is cut short in silence."""

import pytest

from analyzers import Entry, FileFacts, Source, Tree, analyze, read

HEAD = """
import httpx
from fastmcp import FastMCP

mcp = FastMCP("chains")


@mcp.tool
def fetch(url: str, parts: list[str]) -> str:
"""
TAIL = '    return httpx.get(address).text\n\n\nmcp.run(transport="http")\n'
BRANCH = "    if len(url) > {0}:\n        address = address + '/{0}'\n    else:\n        address = address.strip()\n"


def rules(body: str) -> set[str]:
    """Return the rules that report something of a tool with this body."""
    source = Source("server.py", "", (HEAD + body + TAIL).encode())
    facts = read(source)
    assert isinstance(facts, FileFacts)
    report = analyze(Tree((Entry(source.path, "100644", "", len(source.data)),), {source.path: facts}))
    assert report.failures == ()
    return {finding.rule for finding in report.findings}


@pytest.mark.parametrize("branches", [1, 20, 200, 600])
def test_an_address_is_followed_through_any_number_of_branches(branches: int) -> None:
    chain = "".join(BRANCH.format(number) for number in range(branches))

    assert "ssrf-model-controlled-host" in rules("    address = url\n" + chain)


def test_what_a_loop_adds_is_known_wherever_the_loop_is_entered() -> None:
    body = (
        "    address = ''\n    while len(address) < 9:\n"
        "        httpx.post('https://log.example.com', json={'address': address + '.'})\n"
        "        for part in parts:\n            address = address + part\n"
    )

    assert "ssrf-model-controlled-host" in rules(body)
