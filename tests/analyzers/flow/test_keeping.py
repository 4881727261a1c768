"""What is kept of a solved program when some of its files are edited says what solving all of it again does."""

import pytest

from analyzers.engine import judge
from analyzers.flow.keeping import kept_of
from analyzers.pairing import Judged
from analyzers.rules import RULES
from tests.analyzers.programs import Files, tree_of

FILES: Files = {
    "server.py": """
        from fastmcp import FastMCP

        import billing
        import stock

        mcp = FastMCP("shop")
        mcp.tool(billing.refund)
        mcp.tool(stock.count)
        mcp.run("http")
        """,
    "billing.py": """
        import config
        import journal
        import ledger

        book = ledger.Ledger(config.ADDRESS)

        def refund(order: str) -> str:
            journal.Journal().note("refund", order)
            return book.take(order)
        """,
    "ledger.py": """
        import httpx

        class Ledger:
            def __init__(self, address):
                self.address = address

            def take(self, order):
                return httpx.delete(self.address + order, headers={"Authorization": "Bearer " + self.key()}).text

            def key(self):
                return ""
        """,
    "config.py": 'ADDRESS = "https://ledger.shop.io/"\n',
    "journal.py": """
        import logging

        audit = logging.getLogger("audit")

        class Journal:
            def note(self, tool, order):
                audit.info("tool %s called for %s", tool, order)
        """,
    "stock.py": """
        import shelf

        def count(name: str) -> str:
            return shelf.Shelf().read(name)
        """,
    "shelf.py": """
        import subprocess

        class Shelf:
            def read(self, name):
                return subprocess.run("cat shelf/" + name, shell=True, text=True, capture_output=True).stdout
        """,
}

EDITS = {
    "an address": ("config.py", "https://", "http://"),
    "a command": ("shelf.py", '"cat shelf/" + name, shell=True', '["cat", "shelf/" + name]'),
    "a credential": ("ledger.py", 'return ""', 'return "ghp_16C7e42F292c6912E7710c838347Ae178B4a"'),
    "a handler": ("stock.py", "shelf.Shelf().read(name)", "name"),
    "a record": ("journal.py", 'audit.info("tool %s called for %s", tool, order)', "pass"),
    "a registration": ("server.py", "mcp.tool(stock.count)", "mcp.tool(stock.count, name='counted')"),
}


def edited(path: str, old: str, new: str) -> Files:
    assert FILES[path].count(old) == 1
    return {**FILES, path: FILES[path].replace(old, new)}


def told(program: Judged) -> tuple[object, ...]:
    return program.rows(), [(item.rule.id, item.key, item.draft.location) for item in program.reported]


@pytest.mark.parametrize("name", EDITS)
def test_says_what_solving_all_again_does(name: str) -> None:
    before, tree = tree_of(FILES), tree_of(edited(*EDITS[name]))
    facts = {path: before.facts[path] if path != EDITS[name][0] else found for path, found in tree.facts.items()}
    known = judge(before.facts, RULES)
    again = judge(facts, RULES, known=known)
    assert told(again) == told(judge(facts, RULES))
    assert told(again) != told(known)


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("server.py", {"billing.py", "journal.py", "ledger.py", "config.py", "stock.py", "shelf.py"}),
        ("shelf.py", {"billing.py", "journal.py", "ledger.py", "config.py"}),
        ("config.py", {"journal.py", "ledger.py", "stock.py", "shelf.py"}),
    ],
)
def test_keeps_functions_that_do_not_use_what_changed(path: str, kept: set[str]) -> None:
    before = tree_of(FILES).facts
    flow = judge(before, RULES).analysis.flow
    found = kept_of(flow, {**before, path: tree_of({path: "CHANGED = True\n"}).facts[path]})
    assert found.files.keys() == before.keys() - {path}
    assert all(flow.program.files[name] is file for name, file in found.files.items())
    solved = {identity.partition("#")[0] for identity in found.solved.summaries}
    assert solved
    assert solved <= kept


def test_keeps_nothing_where_files_come_or_go() -> None:
    before = tree_of(FILES).facts
    flow = judge(before, RULES).analysis.flow
    fewer = {path: found for path, found in before.items() if path != "shelf.py"}
    assert not kept_of(flow, fewer).files
