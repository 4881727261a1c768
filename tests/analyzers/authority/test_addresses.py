"""Which address a server listens on, and what a change of it makes of its tools."""

import pytest

from analyzers import Report, analyze
from tests.analyzers.matrix.cells import change
from tests.analyzers.programs import tree_of

RULE = "unauthenticated-network-server"
SERVER = """\
import os
import typer
import subprocess
from fastmcp import FastMCP

mcp = FastMCP("ops")
app = typer.Typer()


@mcp.tool
def restart(service: str) -> str:
    subprocess.run(["systemctl", "restart", service], check=True)
    return "restarted"


@app.command()
def serve(
    host: str = typer.Option("127.0.0.1"),
) -> None:
    mcp.run(transport="http", host=host)
"""
LINE = SERVER[: SERVER.index("typer.Option")].count("\n") + 1
PUBLIC = SERVER.replace("127.0.0.1", "0.0.0.0")


def review(before: str, after: str) -> Report:
    base, head = {"server.py": before}, {"server.py": after}
    return analyze(tree_of(head), tree_of(base), change(base, head))


def test_a_server_that_listens_for_others_is_reached_by_more_callers() -> None:
    report = review(SERVER, PUBLIC)

    (changed,) = report.authority_diff or ()
    (found,) = [finding for finding in report.findings if finding.rule == RULE]
    assert (changed.column, changed.before, changed.after, changed.direction) == (
        "transport",
        "http on loopback",
        "http",
        "worse",
    )
    assert (found.new, found.location.line, found.fix is not None) == (True, LINE, True)


def test_a_server_that_listens_for_its_own_machine_is_reached_by_fewer() -> None:
    report = review(PUBLIC, SERVER)

    assert [(changed.column, changed.direction) for changed in report.authority_diff or ()] == [("transport", "better")]
    assert [finding.new for finding in report.findings if finding.rule == RULE] == [False]


@pytest.mark.parametrize(("program", "address"), [(SERVER, "127.0.0.1"), (PUBLIC, "0.0.0.0")])
def test_the_address_is_told_where_its_default_is_written(program: str, address: str) -> None:
    (found,) = [finding for finding in analyze(tree_of({"server.py": program})).findings if finding.rule == RULE]

    assert ("server.py", LINE, f"it listens on `{address}` unless it is told otherwise") in [
        (step.path, step.line, step.note) for step in found.evidence
    ]
