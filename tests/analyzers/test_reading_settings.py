"""Statements that a database runs with a setting by which it only reads."""

import pytest

from analyzers import Report, analyze
from analyzers.finding import Severity
from tests.analyzers.programs import tree_of

SERVER = """\
import os
import clickhouse_connect
from fastmcp import FastMCP

mcp = FastMCP("stock", auth=verifier)
client = clickhouse_connect.get_client(host="stock.internal")

def settings() -> dict:
    if os.environ.get("ALLOW_WRITES") == "1":
        return {"readonly": "0"}
    return {"readonly": "1"}

@mcp.tool
def names() -> list:
    return client.query("SELECT name FROM items").result_rows

@mcp.tool
def run(text: str, mode: str) -> list:
    return client.query(text, settings=SETTINGS).result_rows

mcp.run(transport="http")
"""


def scanned(settings: str) -> Report:
    return analyze(tree_of({"server.py": SERVER.replace("SETTINGS", settings)}))


@pytest.mark.parametrize(
    ("settings", "capability", "severity"),
    [
        ('{"readonly": 1}', "read-private", Severity.LOW),
        ('{"readonly": os.environ["READING"]}', "exec", Severity.MEDIUM),
        ('{"readonly": 0}', "exec", Severity.HIGH),
        ('{"readonly": mode}', "exec", Severity.HIGH),
        ('{"readonly": 1} if os.environ.get("READING") else {}', "exec", Severity.MEDIUM),
        ('{"max_threads": 1}', "exec", Severity.HIGH),
    ],
)
def test_a_setting_that_only_reads_makes_a_statement_less(settings: str, capability: str, severity: Severity) -> None:
    report = scanned(settings)
    (row,) = [row for row in report.tools if row.name == "run"]
    found = [item for item in report.findings if item.rule == "missing-per-tool-authorization"]

    assert row.capabilities[0] == capability
    assert max(item.severity for item in found) == severity


@pytest.mark.parametrize(
    ("settings", "severity"),
    [("settings()", Severity.MEDIUM), ('{"readonly": 1}', Severity.MEDIUM), ('{"readonly": 0}', Severity.HIGH)],
)
def test_both_rules_weigh_the_setting(settings: str, severity: Severity) -> None:
    found = [item for item in scanned(settings).findings if item.rule == "unbounded-capability-tool"]

    assert [item.severity for item in found] == [severity]
