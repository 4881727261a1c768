"""Items that a comprehension only takes where they are in a list of the program's own."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
import mysql.connector
from fastmcp import FastMCP

mcp = FastMCP("school")
COLUMNS = {"name", "email"}

@mcp.tool
def insert(data: dict, wanted: list[str]) -> None:
    cursor = mysql.connector.connect(host="school").cursor()
    cursor.execute("DESCRIBE pupils")
    known = [row[0] for row in cursor.fetchall()]
    columns = MADE
    cursor.execute(f"INSERT INTO pupils ({columns}) VALUES (1)")

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("made", "found"),
    [
        pytest.param('", ".join([k for k in wanted if k in COLUMNS])', False, id="a list"),
        pytest.param('", ".join(f"`{k}`" for k in wanted if k and k in COLUMNS)', False, id="two conditions"),
        pytest.param('", ".join({k: v for k, v in data.items() if k in known}.keys())', False, id="keys of a table"),
        pytest.param('", ".join({k: v for k, v in data.items() if v in known})', True, id="of which others are known"),
        pytest.param('", ".join([k for k in wanted if k not in COLUMNS])', True, id="all others"),
        pytest.param('", ".join([k for k in wanted if k in "name, email"])', True, id="a part of a text"),
        pytest.param('", ".join([k for k in wanted if k in data])', True, id="what the caller lists"),
        pytest.param('", ".join([k for k in wanted])', True, id="no condition"),
    ],
)
def test_a_name_that_is_found_in_a_list_of_the_program_is_one_of_it(
    scan: Callable[[dict[str, str]], Report], made: str, found: bool
) -> None:
    report = scan({"server.py": SERVER.replace("MADE", made)})

    assert ("query-injection" in {finding.rule for finding in report.findings}) is found
