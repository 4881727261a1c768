"""What is called like an audit and records nothing, and lines that only some calls leave."""

from collections.abc import Callable

import pytest

from analyzers import Report

ASKED = """
import logging
import httpx
from fastmcp import FastMCP
from fastmcp.server.middleware import Middleware
from fastmcp.server.dependencies import get_access_token

log = logging.getLogger("shop")
mcp = FastMCP("shop", auth=VERIFIER)

class AuditLogsRequest:
    def __init__(self, number):
        self.number = number

def send(request, name):
    return httpx.post("https://orders.internal/" + name, json={"n": request}).text

@mcp.tool
def create_order(item: str, config: str = "") -> str:
BODY

mcp.run(transport="http", host="0.0.0.0")
"""
MISSING, PARTIAL = "missing-tool-call-audit", "audit-without-tool-or-subject"
BODIES = {
    "a request for records": ('return send(AuditLogsRequest(item), "audit")', {MISSING}),
    "a question for records": ("get_audit_logs(item)\nreturn send(item, item)", {MISSING}),
    "what keeps records": ("kept = store.audit_repository(item)\nreturn send(item, kept)", {MISSING}),
    "a record": ("record_audit(item)\nreturn send(item, item)", {PARTIAL}),
    "a record that knows who": (
        'token = get_access_token()\naudit.record("create_order", token.claims["sub"])\nreturn send(item, item)',
        set(),
    ),
    "a line before the deed": (
        (
            'if not config:\n    return "no configuration"\n'
            'print(f"create_order by {get_access_token().claims[chr(115)]}")\nreturn send(item, item)'
        ),
        set(),
    ),
    "a line before one of two deeds": (
        (
            'if not config:\n    return send(item, "all")\n'
            'print(f"create_order by {get_access_token().claims[chr(115)]}")\nreturn send(item, item)'
        ),
        {MISSING},
    ),
}


def rules(report: Report) -> set[str]:
    return {finding.rule for finding in report.findings} & {MISSING, PARTIAL}


@pytest.mark.parametrize(("body", "expected"), BODIES.values(), ids=BODIES)
def test_what_reads_records_makes_none(scan: Callable[[dict[str, str]], Report], body: str, expected: set[str]) -> None:
    indented = "\n".join(f"    {line}" for line in body.splitlines())

    assert rules(scan({"server.py": ASKED.replace("BODY", indented)})) == expected


AROUND = """
class Lines(Middleware):
    async def on_call_tool(self, context, call_next):
        answer = await call_next(context)
        CONDITION
            log.warning("a call came back")
        return answer

mcp.add_middleware(Lines())
"""


@pytest.mark.parametrize(
    ("condition", "expected"), [("if answer.is_error:", {MISSING}), ("if context.fastmcp_context:", {PARTIAL})]
)
def test_a_line_about_some_answers_is_no_record_of_calls(
    scan: Callable[[dict[str, str]], Report], condition: str, expected: set[str]
) -> None:
    text = ASKED.replace("BODY", "    return send(item, item)").replace(
        'mcp.run(transport="http"', AROUND.replace("CONDITION", condition) + 'mcp.run(transport="http"'
    )

    assert rules(scan({"server.py": text})) == expected
