"""A script that somebody runs by hand, and that hears of no caller, believes nothing of anybody."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SCRIPT = """
import base64
import json
import os
IMPORTS

def claims_of(token: str) -> dict:
    return json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))

def main() -> None:
    claims = claims_of(os.environ["ACCESS_TOKEN"])
    if claims["sub"] != "admin":
        raise SystemExit("not an administrator's token")

GUARD
    main()
"""
SERVER = """
from fastmcp import FastMCP
USED

mcp = FastMCP("crm")

@mcp.tool
def status() -> str:
    return "ok"

mcp.run(transport="http")
"""
GUARD = 'if __name__ == "__main__":'


def _is_told(imports: str = "", guard: str = GUARD, used: str = "", helper: str = "") -> bool:
    files = {
        "scripts/check.py": SCRIPT.replace("IMPORTS", imports).replace("GUARD", guard),
        "scripts/helper.py": helper,
        "server.py": SERVER.replace("USED", used),
    }
    found = analyze(tree_of(files)).findings
    return any(one.rule == "unverified-token" and one.confidence.name != "LOW" for one in found)


def test_a_script_that_reads_its_own_token_is_hardly_told() -> None:
    assert not _is_told()


@pytest.mark.parametrize(
    "parts",
    [
        {"imports": "from http.server import BaseHTTPRequestHandler"},
        {"imports": "import helper", "helper": "from aiohttp import web"},
        {"guard": 'if os.environ.get("RUN"):'},
        {"used": "from scripts.check import claims_of"},
    ],
    ids=["may listen", "may listen through another file", "runs whenever it is loaded", "a server imports it"],
)
def test_what_may_hear_of_callers_is_told_as_ever(parts: dict[str, str]) -> None:
    assert _is_told(**parts)
