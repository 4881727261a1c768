"""What calls of drivers do that are known by what all of them have in common."""

from collections.abc import Callable

import pytest

from analyzers import Report
from analyzers.finding import Severity

SERVER = """
import DRIVER
from fastmcp import FastMCP

mcp = FastMCP("warehouse")

def rows(sql, values=()):
    cursor = DRIVER.connect("warehouse").cursor()
    cursor.execute(sql, values)
    return cursor.fetchall()

@mcp.tool
def ask(sql: str) -> list:
    return rows(STATEMENT)

mcp.run(transport="http")
"""
RULES = ("unbounded-capability-tool", "query-injection")


@pytest.mark.parametrize("driver", ["sqlite3", "teradatasql", "somedriver"])
def test_a_cursor_of_any_driver_runs_what_it_is_given(scan: Callable[[dict[str, str]], Report], driver: str) -> None:
    report = scan({"server.py": SERVER.replace("DRIVER", driver).replace("STATEMENT", "sql")})

    assert [finding.severity for finding in report.findings if finding.rule in RULES] == [Severity.HIGH]


def test_a_cursor_of_any_driver_reads_what_a_constant_statement_selects(
    scan: Callable[[dict[str, str]], Report],
) -> None:
    statement = '"SELECT name FROM orders WHERE id = ?", (sql,)'
    program = SERVER.replace("DRIVER", "somedriver").replace("STATEMENT", statement)

    assert [row.capabilities for row in scan({"server.py": program}).tools] == [("read-private",)]


@pytest.mark.parametrize(
    ("driver", "severity"), [("sqlite3", Severity.LOW), ("teradatasql", Severity.LOW), ("psycopg2", Severity.HIGH)]
)
def test_what_is_only_explained_tells_of_a_plan(
    scan: Callable[[dict[str, str]], Report], driver: str, severity: Severity
) -> None:
    report = scan({"server.py": SERVER.replace("DRIVER", driver).replace("STATEMENT", 'f"EXPLAIN {sql}"')})

    assert [finding.severity for finding in report.findings if finding.rule in RULES] == [severity]
