"""A refused answer on the screen of whoever asked is no secret in a log; in a log it is told, and so is a token."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import logging

import httpx
from fastmcp import FastMCP
from rich.console import Console

console = Console()
log = logging.getLogger(__name__)
mcp = FastMCP("crm")


@mcp.tool
async def refresh(code: str) -> str:
    form = {{"grant_type": "authorization_code", "code": code}}
    async with httpx.AsyncClient() as client:
        answer = await client.post("https://id.example/token", data=form)
    if answer.status_code != 200:
        {refused}
        return "refused"
    {granted}
    return "ok"


mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("refused", "granted", "lines"),
    [
        ("console.print(answer.text)", "pass", []),
        ("log.error(answer.text)", "pass", [19]),
        ("pass", "console.print(answer.text)", [21]),
    ],
)
def test_a_refusal_on_a_screen_is_no_secret_in_a_log(refused: str, granted: str, lines: list[int]) -> None:
    report = analyze(tree_of({"server.py": SERVER.format(refused=refused, granted=granted)}))

    assert [item.location.line for item in report.findings if item.rule == "secret-in-log"] == lines
