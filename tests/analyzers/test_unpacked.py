"""What stands at one position of a tuple: handed on by `*`, of each row of a table, and who wrote it."""

from collections.abc import Callable

import pytest

from analyzers import Report

CLIENT = """
import httpx
from fastmcp import FastMCP
from settings import configuration

mcp = FastMCP("people")

def serialized(method, path, query):
    url = BASE + path
    if query:
        url += "?" + query
    return method, url, {"accept": "application/json"}

def request_of(path, query):
    return serialized("GET", path, query)

def send(method, url, headers):
    return httpx.request(method, url, headers=headers).text

@mcp.tool
def people(name: str) -> str:
    made = request_of(PATH, name)
    return send(*made)

mcp.run(transport="http")
"""
COLUMNS = """
import sqlite3
from fastmcp import FastMCP

mcp = FastMCP("deployments")

@mcp.tool
def deployments(repository: str, status: str) -> list:
    clauses, given = [], []
    for column, value in (("repository", repository), ("status", status)):
        if value:
            clauses.append(ADDED + " = ?")
            given.append(value)
    where = " AND ".join(clauses)
    return sqlite3.connect("/srv/d.db").execute("SELECT * FROM deployments WHERE " + where, given).fetchall()

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("base", "path", "found"),
    [
        ('"https://api.people.example"', '"/v1/people"', False),
        ("configuration.host", '"/v1/people"', False),
        ('"https://api.people.example"', "name", True),
        ('"https://"', "name", True),
    ],
)
def test_an_item_of_a_tuple_is_handed_on_by_its_position(
    scan: Callable[[dict[str, str]], Report], base: str, path: str, found: bool
) -> None:
    report = scan({"server.py": CLIENT.replace("BASE", base).replace("PATH", path)})

    assert ("ssrf-model-controlled-host" in {finding.rule for finding in report.findings}) is found


@pytest.mark.parametrize(("added", "found"), [("column", False), ("value", True)])
def test_a_column_of_a_table_says_nothing_of_the_others(
    scan: Callable[[dict[str, str]], Report], added: str, found: bool
) -> None:
    report = scan({"server.py": COLUMNS.replace("ADDED", added)})

    assert ("query-injection" in {finding.rule for finding in report.findings}) is found


def test_what_makes_the_folder_of_a_file_is_told_of_with_the_file(scan: Callable[[dict[str, str]], Report]) -> None:
    server = """
    from pathlib import Path
    import yaml
    from fastmcp import FastMCP

    mcp = FastMCP("archive")
    ROOT = Path("/srv/archive")

    def path_of(source):
        return ROOT / source / "notes.md"

    @mcp.tool
    def archive(source: str, text: str, tags: list[str], title: str) -> None:
        front = {"source": source, "title": title, "tags": tags}
        path = path_of(source)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("---" + yaml.safe_dump(front, sort_keys=False) + "---" + text + title + str(tags))

    mcp.run(transport="http")
    """
    report = scan({"server.py": server})

    found = [finding for finding in report.findings if finding.rule == "path-traversal"]
    assert [(finding.location.span.start.line, finding.severity.name) for finding in found] == [(10, "MEDIUM")]


@pytest.mark.parametrize(
    ("test", "found"),
    [
        ("os.path.exists(source)", False),
        ("Path(source).is_file()", False),
        ("not os.path.exists(source)", True),
        ("os.path.exists(other)", True),
    ],
)
def test_a_file_that_is_here_names_no_host(scan: Callable[[dict[str, str]], Report], test: str, found: bool) -> None:
    server = f"""
    import os
    import pandas
    from pathlib import Path
    from fastmcp import FastMCP

    mcp = FastMCP("tables")

    @mcp.tool
    def load(source: str, other: str) -> str:
        if {test}:
            return pandas.read_csv(source).to_string()
        return "none"

    mcp.run(transport="http")
    """
    report = scan({"server.py": server})

    assert ("ssrf-model-controlled-host" in {finding.rule for finding in report.findings}) is found


def test_a_file_that_is_here_may_lie_anywhere(scan: Callable[[dict[str, str]], Report]) -> None:
    server = """
    import os
    from fastmcp import FastMCP

    mcp = FastMCP("tables")

    @mcp.tool
    def load(source: str) -> str:
        if os.path.exists(source):
            with open(source) as file:
                return file.read()
        return "none"

    mcp.run(transport="http")
    """
    report = scan({"server.py": server})

    assert "path-traversal" in {finding.rule for finding in report.findings}
