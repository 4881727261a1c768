"""A cause that the base has already is not told again for each tool that is added behind it."""

import pytest

from analyzers import Change, FileFacts, Source, Tree, analyze, plan, read
from analyzers.finding import Finding, Report
from analyzers.source import Entry
from tests.analyzers.matrix.cells import change

SERVER = """
import httpx
from fastmcp import FastMCP
from verifier import verifier

mcp = FastMCP("shop"{auth})


@mcp.tool
def place_order(order: str) -> str:
    return httpx.post("https://orders.internal/orders", json={"order": order}).text
"""
ADDED = """

@mcp.tool
def send_invoice(invoice: str) -> str:
    return httpx.post("https://orders.internal/invoices", json={"invoice": invoice}).text
"""
RUN = '\n\nmcp.run(transport="http")\n'


QUERIES = """
import logging
import sqlite3
from fastmcp import FastMCP
from verifier import verifier

mcp = FastMCP("shop", auth=verifier, host_origin_protection="auto")
log = logging.getLogger("shop")


@mcp.tool
def run_select_query(query: str, limit: int = 100) -> list:
    log.info("reading at most %s rows", limit)
    found = sqlite3.connect("shop.db").execute(query)
    return found.fetchmany(limit)
"""
RENAMED = (
    QUERIES.replace("run_select_query", "run_query")
    .replace("reading", "asking")
    .replace("return found.fetchmany(limit)", "rows = found.fetchmany(limit)\n    return rows or []")
)
ELSEWHERE = """
import sqlite3


def run(query, limit):
    if limit > 10:
        limit = 10
    return sqlite3.connect("shop.db").execute(query).fetchmany(limit)
"""
DELEGATED = QUERIES.replace("import sqlite3", "import queries").replace(
    """    found = sqlite3.connect("shop.db").execute(query)
    return found.fetchmany(limit)
""",
    "    return queries.run(query, limit)\n",
)


def tree(program: str, **others: str) -> Tree:
    """Return a tree of one server that pins a framework which checks origins when it is told to."""
    texts = {"server.py": program.encode(), "requirements.txt": b"fastmcp==4.1.2\n"}
    texts |= {f"{stem}.py": text.encode() for stem, text in others.items()}
    entries = tuple(Entry(path, path, size=len(data)) for path, data in texts.items())
    facts: dict[str, FileFacts] = {}
    for entry in plan(entries).read:
        found = read(Source(entry.path, entry.blob, texts[entry.path]))
        assert isinstance(found, FileFacts)
        facts[entry.path] = found
    return Tree(entries, facts, (), texts)


def new_and_known(before: str, after: str) -> tuple[set[str], set[str]]:
    """Return the rules whose findings a change brings, and those that it found there."""
    return told(analyze(tree(after), tree(before), Change(changed=("server.py",))))


def told(report: Report) -> tuple[set[str], set[str]]:
    """Return the rules of new findings, and those of known ones."""
    return (
        {finding.rule for finding in report.findings if finding.new},
        {finding.rule for finding in report.findings if not finding.new},
    )


def test_a_tool_added_to_an_open_server_brings_no_finding_about_the_server() -> None:
    open_server = SERVER.replace("{auth}", "")
    new, known = new_and_known(open_server + RUN, open_server + ADDED + RUN)

    assert {"unauthenticated-network-server", "origin-validation-off"} <= known
    assert new & {"unauthenticated-network-server", "origin-validation-off"} == set()


def test_a_tool_added_to_an_open_server_under_another_name_brings_none_either() -> None:
    open_server = SERVER.replace("{auth}", "")
    renamed = (open_server + ADDED + RUN).replace("mcp = ", "shop = ").replace("@mcp.", "@shop.")
    new, known = new_and_known(open_server + RUN, renamed.replace("\nmcp.run", "\nshop.run"))

    assert {"unauthenticated-network-server", "origin-validation-off"} <= known
    assert new & {"unauthenticated-network-server", "origin-validation-off"} == set()


def test_a_second_server_that_is_open_is_told() -> None:
    open_server = SERVER.replace("{auth}", "")
    second = ADDED.replace("\n\n@mcp", '\n\nbills = FastMCP("bills")\n\n@bills') + RUN.replace("mcp.run", "bills.run")
    new, known = new_and_known(open_server + RUN, open_server + RUN + second)

    assert "unauthenticated-network-server" in new & known


def test_a_server_that_is_opened_by_the_change_is_told() -> None:
    before = SERVER.replace("{auth}", ', auth=verifier, host_origin_protection="auto"') + RUN.replace(
        '"http"', '"http", host_origin_protection="auto"'
    )
    new, _ = new_and_known(before, SERVER.replace("{auth}", "") + ADDED + RUN)

    assert new != set()


def test_a_tool_that_is_renamed_and_edited_is_the_same_tool() -> None:
    report = analyze(tree(RENAMED + RUN), tree(QUERIES + RUN), Change(changed=("server.py",)))
    new, known = told(report)

    assert {"unbounded-capability-tool", "missing-per-tool-authorization"} <= known
    assert new == set()
    assert report.authority_diff == ()


def test_a_tool_that_replaces_another_is_a_new_one() -> None:
    added = ADDED.replace("send_invoice", "run_query")
    new, _ = new_and_known(QUERIES + RUN, SERVER.replace("{auth}", ", auth=verifier") + added + RUN)

    assert "missing-per-tool-authorization" in new


def test_what_a_tool_did_before_is_not_new_in_another_module() -> None:
    change = Change(changed=("server.py", "queries.py"))
    new, known = told(analyze(tree(DELEGATED + RUN, queries=ELSEWHERE), tree(QUERIES + RUN), change))

    assert "unbounded-capability-tool" in known
    assert new == set()


def test_what_another_tool_does_in_another_module_is_new() -> None:
    change = Change(changed=("server.py", "queries.py"))
    added = """

@mcp.tool
def run_statement(query: str) -> list:
    return queries.run(query, 5)
"""
    new, _ = told(analyze(tree(DELEGATED + added + RUN, queries=ELSEWHERE), tree(QUERIES + RUN), change))

    assert "unbounded-capability-tool" in new


PASSING = """
import httpx
from fastmcp import FastMCP
from fastmcp.server.dependencies import get_access_token
from verifier import verifier

mcp = FastMCP("shop", auth=verifier, host_origin_protection="auto")


def send(method: str, url: str) -> str:
    return httpx.request(method, url, headers={"Authorization": f"Bearer {get_access_token().token}"}).text


@mcp.tool
def place_order(order: int) -> str:
    return send("PUT", f"https://orders.internal/orders/{order}")
"""


def test_another_tool_that_hands_tokens_on_to_the_same_service_is_no_new_cause() -> None:
    tool = """

@mcp.tool
def list_orders() -> str:
    return send("GET", "https://orders.internal/orders")
"""
    new, known = new_and_known(PASSING + RUN, PASSING + tool + RUN)
    elsewhere, _ = new_and_known(PASSING + RUN, PASSING + tool.replace("orders.internal", "stock.internal") + RUN)

    assert "token-passthrough" in known
    assert "token-passthrough" not in new
    assert "token-passthrough" in elsewhere


READING = """
import os
import httpx
from fastmcp import FastMCP

mcp = FastMCP("notes")


@mcp.tool
def drop_note(note: str) -> str:
    return httpx.delete("https://notes.internal/notes", params={"note": note}).text


@mcp.tool
def look_at_note(note: str) -> str:
    return "no notes yet"


@mcp.tool
def list_notes(folder: str) -> str:
    return "no notes yet"
"""
HERE = '\n\nmcp.run(transport="http", host="127.0.0.1")\n'
NO_NOTES = '    return "no notes yet"'
ASKED = '    return httpx.get("https://notes.internal/notes", params={"note": note}).text'
GONE = '    return httpx.delete("https://notes.internal/notes", params={"note": note}).text'
OPEN = "unauthenticated-network-server"


def open_server(before: str, after: str) -> list[Finding]:
    """Return what a change brings about a server that is open before and after it."""
    texts = {"server.py": before}, {"server.py": after}
    report = analyze(tree(after), tree(before), change(*texts))
    return [finding for finding in report.findings if finding.rule == OPEN and finding.new]


def test_a_tool_that_reads_more_behind_an_open_server_brings_no_finding_about_the_server() -> None:
    assert open_server(READING + HERE, READING.replace(NO_NOTES, ASKED, 1) + HERE) == []


def test_a_tool_that_does_more_harm_than_all_others_of_an_open_server_is_told_where_it_does() -> None:
    before = READING.replace(GONE, ASKED)
    (found,) = open_server(before + HERE, before.replace(NO_NOTES, GONE, 1) + HERE)

    assert [tool.rpartition(":")[2] for tool in found.tools] == ["look_at_note"]
    assert found.location.line == READING.splitlines().index(NO_NOTES) + 1
    assert found.fix is None or "Restore" not in found.fix.title


def test_a_tool_that_is_added_and_does_more_harm_than_all_others_of_an_open_server_is_told_where_it_stands() -> None:
    before = READING.replace(GONE, ASKED)
    added = f"\n\n@mcp.tool\ndef forget_note(note: str) -> str:\n{GONE}\n"
    (found,) = open_server(before + HERE, before + added + HERE)

    assert [tool.rpartition(":")[2] for tool in found.tools] == ["forget_note"]
    assert found.location.line > len(READING.splitlines())


@pytest.mark.parametrize("left_out", ['    version="1",\n', ""])
def test_a_server_that_is_opened_is_told_of_where_it_is_opened(left_out: str) -> None:
    made = READING.replace('FastMCP("notes")', 'FastMCP(\n    "notes",\n    version="1",\n)')
    before, after = made + "\n\nmcp.run()\n", made.replace(left_out, "") + HERE
    report = analyze(tree(after), tree(before), change({"server.py": before}, {"server.py": after}))
    (found,) = (finding for finding in report.findings if finding.rule == OPEN)
    line = len(after.splitlines())

    assert found.location.line == line
    assert {
        (item.column, item.cause.line)
        for item in report.authority_diff or ()
        if item.cause is not None and item.column in ("authentication", "transport")
    } == {("authentication", line), ("transport", line)}
