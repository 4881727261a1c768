"""Routes of which a part of the address is a secret that is looked up before anything is done."""

from collections.abc import Callable

import pytest

from analyzers import Report
from analyzers.finding import Severity

SERVER = """
import sqlite3
from fastmcp import FastMCP
from starlette.responses import Response
from verifier import verifier

mcp = FastMCP("cards", auth=verifier)
database = sqlite3.connect("cards.db")

def lookup(token):
    row = database.execute("SELECT kind FROM links WHERE token = ?", (token,)).fetchone()
    if row is None:
        raise ValueError("no such link")
    return row

def formatted(token):
    if len(token) > 40:
        raise ValueError("too long")
    return token

@mcp.tool
def cards() -> list:
    return database.execute("SELECT name FROM cards").fetchall()

@mcp.custom_route("PATH", methods=["POST"])
async def confirm(request):
    token = str(request.path_params["token"])
    FIRST
    database.execute("DELETE FROM cards")
    LATER
    return Response("done")

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("path", "first", "later", "severity"),
    [
        pytest.param("/cards/{token}/confirm", "lookup(token)", "pass", Severity.LOW, id="first"),
        pytest.param("/cards/{token}/confirm", "pass", "lookup(token)", Severity.CRITICAL, id="afterwards"),
        pytest.param("/cards/{token}/confirm", "formatted(token)", "pass", Severity.CRITICAL, id="its form alone"),
        pytest.param("/cards/{token}/confirm", "lookup(request.url)", "pass", Severity.CRITICAL, id="something else"),
        pytest.param("/cards/{name}", "lookup(request.path_params['name'])", "pass", Severity.CRITICAL, id="a name"),
    ],
)
def test_an_address_with_a_secret_that_is_looked_up_first_is_open_to_few(
    scan: Callable[[dict[str, str]], Report], path: str, first: str, later: str, severity: Severity
) -> None:
    program = SERVER.replace("PATH", path).replace("FIRST", first).replace("LATER", later)

    assert [
        finding.severity
        for finding in scan({"server.py": program}).findings
        if finding.rule == "unauthenticated-custom-route"
    ] == [severity]
