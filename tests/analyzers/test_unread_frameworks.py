"""Servers that are made with packages which are not read: told, and never passed."""

import pytest

from analyzers import Change, Report, analyze
from tests.analyzers.programs import tree_of

SERVER = """
from arcade_mcp_server import MCPApp

app = MCPApp("shop")

@app.tool
def cancel(order: str) -> str:
    return order
"""
OTHER = "VALUE = 1\n"


def not_analyzed(report: Report) -> list[tuple[str, bool]]:
    return [(item.path, item.in_scope) for item in report.coverage.not_analyzed]


def test_a_server_of_such_a_package_is_named_and_the_verdict_is_not_clean() -> None:
    report = analyze(tree_of({"server.py": SERVER, "other.py": OTHER}))

    assert not_analyzed(report) == [("server.py", True)]
    assert (
        report.coverage.not_analyzed[0].reason == "makes a server with arcade_mcp_server, whose tools are not read yet"
    )
    assert report.incomplete


@pytest.mark.parametrize(("changed", "in_scope"), [("server.py", True), ("other.py", True), ("notes.txt", False)])
def test_a_review_is_incomplete_where_the_change_touches_its_package(changed: str, in_scope: bool) -> None:
    tree = tree_of({"server.py": SERVER, "other.py": OTHER})

    report = analyze(tree, tree, Change(hunks={}, changed=(changed,), deleted=(), renames={}))

    assert not_analyzed(report) == [("server.py", in_scope)]
    assert report.incomplete is in_scope


@pytest.mark.parametrize(
    "own", ["arcade_mcp_server/__init__.py", "src/arcade_mcp_server/app.py", "arcade_mcp_server.py"]
)
def test_the_package_itself_is_read_like_any_other(own: str) -> None:
    assert not_analyzed(analyze(tree_of({"server.py": SERVER, own: OTHER}))) == []


def test_what_tests_and_samples_make_is_not_told() -> None:
    assert not_analyzed(analyze(tree_of({"tests/test_server.py": SERVER, "other.py": OTHER}))) == []
