"""What a helper logs that somebody runs by hand is less grave than what a server logs."""

import pytest

from analyzers import analyze
from analyzers.finding import Severity
from tests.analyzers.programs import tree_of

HELPER = """
import logging
import os
import webbrowser
IMPORTS

log = logging.getLogger("authorize")

def authorize(url: str) -> None:
    ASK
    log.info("CRM_CLIENT_SECRET=%s", os.environ["CRM_CLIENT_SECRET"])

def main() -> None:
    authorize("https://id.example/authorize")
    START

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

def serve() -> None:
    mcp.run(transport="http")

if __name__ == "__main__":
    serve()
"""
PROJECT = """[project]
name = "crm"
dependencies = ["fastmcp>=3"]
"""
PLAIN = {"IMPORTS": "", "ASK": "webbrowser.open(url)", "START": "pass", "GUARD": 'if __name__ == "__main__":'}


def _severities(used: str = "", project: str = PROJECT, **parts: str) -> list[Severity]:
    helper = HELPER
    for name, text in {**PLAIN, **parts}.items():
        helper = helper.replace(name, text)
    files = {"authorize.py": helper, "server.py": SERVER.replace("USED", used), "pyproject.toml": project}
    return [one.severity for one in analyze(tree_of(files)).findings if one.rule == "secret-in-log"]


@pytest.mark.parametrize("ask", ["webbrowser.open(url)", 'input("Go on? ")'])
def test_a_helper_that_asks_its_user_is_less_grave(ask: str) -> None:
    assert _severities(ASK=ask) == [Severity.MEDIUM]


@pytest.mark.parametrize(
    "parts",
    [
        {"ASK": "pass"},
        {"GUARD": 'if os.environ.get("RUN"):'},
        {"used": "from authorize import authorize"},
        {"used": "import authorize"},
        {"IMPORTS": "from server import mcp", "START": "mcp.run()"},
        {"IMPORTS": "from server import serve", "START": "serve()"},
        {"project": PROJECT + '[project.scripts]\nauthorize = "authorize:main"\n'},
    ],
    ids=["asks nobody", "no main", "imported", "imported whole", "starts", "has it started", "a command"],
)
def test_what_may_run_otherwise_is_as_grave_as_ever(parts: dict[str, str]) -> None:
    assert _severities(**parts) == [Severity.HIGH]
