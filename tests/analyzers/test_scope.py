"""What a fix may change is what is analysed again: the entry points that run the functions that it edits."""

import textwrap

import pytest

from analyzers.engine import judge
from analyzers.finding import Edit, Position
from analyzers.pairing import Judged
from analyzers.rules import RULES
from analyzers.scope import Scope, scope_of
from tests.analyzers.programs import Files, tree_of

FILES: Files = {
    "server.py": """
        from fastmcp import FastMCP

        import billing
        import guard
        import health
        import verifier

        mcp = FastMCP("shop", auth=verifier.BillingVerifier())
        mcp.add_middleware(guard.Guard())
        mcp.tool(billing.refund)
        mcp.tool(health.check)
        """,
    "billing.py": """
        import ledger

        def refund(order: str) -> str:
            return ledger.book(order)
        """,
    "ledger.py": """
        import httpx

        TIMEOUT = 3

        def unused() -> None:
            print("nothing")

        def book(order: str) -> str:
            return httpx.delete("https://ledger.internal/" + order).text
        """,
    "health.py": """
        import httpx

        def check() -> str:
            return httpx.get("https://ledger.internal/health").text
        """,
    "guard.py": """
        import scopes
        from fastmcp.server.middleware import Middleware

        class Guard(Middleware):
            async def on_call_tool(self, context, call_next):
                scopes.demand(context.message.name)
                return await call_next(context)
        """,
    "scopes.py": """
        def demand(name: str) -> None:
            print(name)
        """,
    "verifier.py": """
        import decoding
        from fastmcp.server.auth import TokenVerifier

        class BillingVerifier(TokenVerifier):
            async def verify_token(self, token):
                return decoding.decoded(token)
        """,
    "decoding.py": """
        import jwt

        def decoded(token):
            return jwt.decode(token, options={"verify_signature": False})
        """,
    "metrics.py": """
        LIMIT = 3

        def count() -> None:
            print("one more")
        """,
}
ENTRIES = {"refund", "check"}


def judged() -> Judged:
    """Return the program as every rule judges it."""
    return judge(tree_of(FILES).facts, RULES)


def edit_of(path: str, line: str, text: str = "changed\n") -> Edit:
    """Return an edit that replaces the line that begins with some text, or puts an import in front of it."""
    lines = textwrap.dedent(FILES[path]).splitlines()
    (number,) = [number for number, found in enumerate(lines, 1) if found.strip().startswith(line)]
    end = number if text.startswith("import") else number + 1
    return Edit(path, Position(number, 1), Position(end, 1), text)


def affected_by(*edits: Edit, rule: str = "") -> set[str]:
    """Return the names of the entry points that edits, made for the findings of a rule, may change."""
    program = judged()
    members = [item for item in program.reported if item.rule.id == rule]
    assert bool(members) == bool(rule)
    scope = scope_of(program.analysis, edits, members)
    assert {edit.path for edit in edits} <= scope.paths
    return {row.name for row in program.analysis.rows if scope.covers(row.entry)}


@pytest.mark.parametrize(
    ("path", "line"), [("billing.py", "return"), ("ledger.py", "return"), ("ledger.py", "def book")]
)
def test_what_a_handler_runs(path: str, line: str) -> None:
    assert affected_by(edit_of(path, line)) == {"refund"}


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("server.py", "mcp = "),
        ("guard.py", "scopes.demand"),
        ("scopes.py", "print"),
        ("verifier.py", "return"),
        ("verifier.py", "class"),
        ("decoding.py", "return"),
    ],
)
def test_what_the_server_runs_around_every_call(path: str, line: str) -> None:
    assert affected_by(edit_of(path, line)) == ENTRIES


@pytest.mark.parametrize(("path", "line"), [("metrics.py", "print"), ("metrics.py", "LIMIT"), ("ledger.py", "print")])
def test_what_nothing_runs(path: str, line: str) -> None:
    assert affected_by(edit_of(path, line)) == set()


def test_a_changed_name_of_a_module_and_a_new_import() -> None:
    assert affected_by(edit_of("ledger.py", "TIMEOUT")) == {"refund"}
    assert affected_by(edit_of("ledger.py", "TIMEOUT", "import secrets\n")) == set()


def test_what_is_put_above_a_function_may_decorate_it() -> None:
    line = edit_of("billing.py", "def refund")
    assert affected_by(Edit(line.path, line.start, line.start, "@checked\n")) == {"refund"}


def test_entry_points_of_the_finding() -> None:
    edit = edit_of("metrics.py", "print")
    assert affected_by(edit, rule="missing-per-tool-authorization") == {"refund"}


def test_places_of_the_finding() -> None:
    program = judged()
    members = [item for item in program.reported if item.rule.id == "unverified-token"]
    scope = scope_of(program.analysis, [edit_of("server.py", "mcp = ")], members)
    assert scope.paths == {"server.py", "decoding.py"}


def test_within_a_scope_only_what_it_covers_is_judged() -> None:
    whole = judged()
    unaffected = frozenset(row.key for row in whole.analysis.rows if row.name != "refund")
    part = judge(tree_of(FILES).facts, RULES, scope=Scope(frozenset({"billing.py"}), unaffected))
    assert [row.name for row in part.analysis.rows] == ["refund"]
    assert part.keys() < whole.keys()
    assert "unverified-token" not in {item.rule.id for item in part.reported}
