"""Where other tools are recorded, those that only compute leave nothing to record; the others do."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import functools
import logging
import httpx
from fastmcp import FastMCP
from fastmcp.server.dependencies import get_access_token
from elsewhere import asked

mcp = FastMCP("orders")
audit = logging.getLogger("audit")
KEPT = load()

def audited(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        token = get_access_token()
        audit.info("tool_call", extra={"tool": function.__name__, "subject": token.claims["sub"]})
        return function(*args, **kwargs)
    return wrapper

def lines_of(kind: str, name: str) -> str:
    lines = []
    if kind == "open":
        lines = ["function onOpen() {", f"  {name}();", "}"]
    elif kind.startswith("time"):
        lines = [f"ScriptApp.newTrigger('{name}').timeBased().create();"]
    else:
        return f"{kind} is not known"
    return "\\n".join(lines) + "=" * 20

@mcp.tool
RECORD
def cancel_order(number: str) -> str:
    return httpx.delete("https://orders.internal/orders", params={"n": number}).text

@mcp.tool
async def code(kind: str, name: str) -> str:
    return BODY

mcp.run(transport="http")
"""
COMPUTED = "lines_of(kind, name)"


def _told(body: str, record: str = "@audited") -> list[tuple[str, int]]:
    program = SERVER.replace("BODY", body).replace("RECORD\n", f"{record}\n" if record else "")
    findings = analyze(tree_of({"server.py": program})).findings
    return [(one.message, len(one.tools)) for one in findings if one.rule == "missing-tool-call-audit"]


def test_what_only_computes_does_not_count_beside_recorded_tools() -> None:
    assert _told(COMPUTED) == []


def test_it_counts_where_nothing_is_recorded() -> None:
    assert _told(COMPUTED, record="") == [("Server `mcp` keeps no record of who calls which tool.", 2)]


@pytest.mark.parametrize(
    "body",
    [
        'httpx.get(f"https://orders.internal/{name}").text',
        "str(KEPT[name])",
        "open(name).read()",
        "str(KEPT.update(name=kind))",
        "asked(lines_of(kind, name))",
    ],
)
def test_what_does_more_counts(body: str) -> None:
    assert _told(body) == [("Server `mcp` keeps no record of who calls 1 of its 2 tools.", 1)]
