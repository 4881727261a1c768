"""Lists of statements with their values that one function makes and another one runs row by row."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
import sqlite3
from fastmcp import FastMCP

mcp = FastMCP("shop")
orders = sqlite3.connect("orders.db")
TABLES = ("open", "closed")


def one(table: str, word: str):
    values = []
    values.append(word)
    return ONE, values


def made(word: str) -> list[tuple[str, list]]:
    found = []
    for table in TABLES:
        MADE
    RETURNED


def run(statements: list[tuple[str, list]]) -> list:
    rows = []
    for statement, values in statements:
        rows.extend(orders.execute(statement, values).fetchall())
    return rows


@mcp.tool
def find(word: str) -> list:
    return run(PASSED)


mcp.run(transport="http")
"""
FIXED = 'f"SELECT * FROM {table} WHERE name = ?"'
CHOSEN = '"SELECT * FROM open WHERE name = \'" + word + "\'"'
APPENDED = f"found.append(({FIXED}, [word]))"
AGAIN = "return [(statement, [*values, word]) for statement, values in found]"


def injected(scan: Callable[[dict[str, str]], Report], text: str) -> bool:
    report = scan({"server.py": text})
    return bool({"query-injection", "unbounded-capability-tool"} & {finding.rule for finding in report.findings})


@pytest.mark.parametrize("returned", ["return found", AGAIN])
@pytest.mark.parametrize("made", [APPENDED, "found.append(one(table, word))"])
def test_values_are_no_part_of_the_statement_beside_them(
    scan: Callable[[dict[str, str]], Report], made: str, returned: str
) -> None:
    text = SERVER.replace("MADE", made).replace("RETURNED", returned).replace("PASSED", "made(word)")

    assert not injected(scan, text.replace("ONE", FIXED))


@pytest.mark.parametrize(
    ("made", "one", "passed"),
    [
        (f"found.append(({CHOSEN}, []))", FIXED, "made(word)"),
        ("found.append(one(table, word))", CHOSEN, "made(word)"),
        ("found.append(one(word, table))", FIXED, "made(word)"),
        (APPENDED, FIXED, "[(word, [])]"),
        (APPENDED, FIXED, '[row.split(":") for row in word.split(";")]'),
        (APPENDED, FIXED, "made(word) + [(word, [])]"),
    ],
)
def test_a_statement_that_a_caller_writes_is_told(
    scan: Callable[[dict[str, str]], Report], made: str, one: str, passed: str
) -> None:
    text = SERVER.replace("MADE", made).replace("RETURNED", "return found").replace("PASSED", passed)

    assert injected(scan, text.replace("ONE", one))


THROUGH = """
def whole(table: str, word: str):
    return one(table, word)

"""


@pytest.mark.parametrize("maker", ["one", "whole"])
def test_a_statement_with_a_part_of_a_caller_is_not_all_theirs(
    scan: Callable[[dict[str, str]], Report], maker: str
) -> None:
    text = SERVER.replace("MADE", f"found.append({maker}(table, word))").replace("RETURNED", "return found")
    text = text.replace("PASSED", "made(word)").replace("ONE", CHOSEN).replace("\ndef made", THROUGH + "\ndef made")

    assert {"query-injection"} == {
        finding.rule
        for finding in scan({"server.py": text}).findings
        if finding.rule in ("query-injection", "unbounded-capability-tool")
    }


def test_a_function_that_returns_what_it_returns_is_not_followed_for_ever(
    scan: Callable[[dict[str, str]], Report],
) -> None:
    text = SERVER.replace("MADE", "found.append(one(table, word))").replace("RETURNED", "return found")
    text = text.replace("return ONE, values", f"return one(table, word) if values else ({CHOSEN}, values)")

    assert injected(scan, text.replace("PASSED", "made(word)"))
