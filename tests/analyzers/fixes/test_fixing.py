"""Fixes are applied, read and judged again before anyone sees them."""

import pytest

from analyzers import analyze
from analyzers.finding import Edit, Position
from analyzers.fixes.fixing import apply_edits
from tests.analyzers.programs import tree_of

HEAD = "from fastmcp import FastMCP\nimport httpx\nmcp = FastMCP('x')\n"
CALL = "@mcp.tool\ndef read() -> str:\n    return httpx.get('https://api.example.org', verify=False).text\n"


def edit(start: int, end: int, text: str) -> Edit:
    return Edit("a.py", Position(1, start), Position(1, end), text)


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        ([], b"abcdef"),
        ([edit(2, 3, "X")], b"aXcdef"),
        ([edit(5, 6, "Y"), edit(1, 2, "X")], b"XbcdYf"),
        ([edit(1, 2, "X"), edit(1, 2, "X")], b"Xbcdef"),
        ([edit(1, 3, "X"), edit(2, 4, "Y")], None),
        ([edit(3, 3, "X")], b"abXcdef"),
        ([edit(3, 3, "Y"), edit(3, 3, "X")], b"abYXcdef"),
    ],
)
def test_edits_are_applied_together_or_not_at_all(edits: list[Edit], expected: bytes | None) -> None:
    assert apply_edits(b"abcdef", edits) == expected


def test_a_proven_fix_is_offered_and_gives_a_silent_program() -> None:
    tree = tree_of({"server.py": HEAD + CALL})
    (found,) = [item for item in analyze(tree).findings if item.rule == "tls-verification-disabled"]
    assert found.fix is not None
    fixed = apply_edits(tree.texts["server.py"], found.fix.edits)

    assert fixed == (HEAD + CALL).replace(", verify=False", "").encode()


def test_without_the_text_there_is_no_fix() -> None:
    tree = tree_of({"server.py": HEAD + CALL})
    tree.texts = {}

    assert {item.fix for item in analyze(tree).findings} == {None}


AUDITED = """\
from fastmcp import FastMCP
import httpx
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware

mcp = FastMCP("orders")

@mcp.tool
def cancel(number: str) -> str:
    return httpx.delete("https://orders.internal/orders", params={"n": number}).text

mcp.run(transport="http", middleware=[Middleware(GZipMiddleware)])
"""


def patched(text: str, rule: str) -> str | None:
    """Return a program with the fix of its first finding of a rule, None where none is offered."""
    tree = tree_of({"server.py": text})
    found = next(item for item in analyze(tree).findings if item.rule == rule)
    fixed = apply_edits(tree.texts["server.py"], found.fix.edits) if found.fix is not None else None
    return fixed.decode() if fixed is not None else None


def test_a_fix_leaves_a_name_to_what_it_stood_for() -> None:
    fixed = patched(AUDITED, "missing-tool-call-audit")

    assert fixed is not None
    assert "from fastmcp.server.middleware import Middleware as ToolMiddleware\n" in fixed
    assert "class ToolAudit(ToolMiddleware):\n" in fixed


def test_a_fix_that_would_take_a_name_is_not_offered() -> None:
    own = AUDITED.replace("\nmcp =", "\ndef get_access_token() -> str:\n    return ''\n\nmcp =", 1)

    assert patched(own, "missing-tool-call-audit") is None
