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


GRAPH = """
from fastmcp import FastMCP
from graphdatascience import GraphDataScience

mcp = FastMCP("graph")
graph = GraphDataScience("bolt://graph.internal")

@mcp.tool
def find(field: str, name: str) -> str:
    return graph.run_cypher(QUERY).to_json()

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ('f"MATCH (n) WHERE n.{field} = $name RETURN n", params={"name": name}', True),
        ('"MATCH (n) WHERE n.title = $name RETURN n", params={"name": name}', False),
    ],
)
def test_a_client_of_a_graph_sends_the_queries_that_it_is_given(
    scan: Callable[[dict[str, str]], Report], query: str, found: bool
) -> None:
    report = scan({"server.py": GRAPH.replace("QUERY", query)})

    assert ("query-injection" in {finding.rule for finding in report.findings}) is found
