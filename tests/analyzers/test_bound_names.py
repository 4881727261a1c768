"""Values that are bound to a statement by names which are otherwise those of the statement itself."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
from fastmcp import FastMCP
from neo4j import GraphDatabase

mcp = FastMCP("graph")
driver = GraphDatabase.driver("bolt://graph.internal")


@mcp.tool
def find(query: str) -> list:
    with driver.session() as session:
        return session.run(GIVEN).data()


mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("given", "is_told"),
    [
        ('"MATCH (n) WHERE n.name = $query RETURN n", query=query', False),
        ('"MATCH (n) WHERE n.name = $command RETURN n", command=query', False),
        ('f"MATCH (n) WHERE n.name = $query RETURN n LIMIT {len(query)}", query=query', False),
        ("query=query", True),
        ('"graph", query=query', True),
        ('f"MATCH (n) WHERE n.name = {query} RETURN n", query=query', True),
    ],
)
def test_what_is_bound_by_a_name_is_no_statement(
    scan: Callable[[dict[str, str]], Report], given: str, is_told: bool
) -> None:
    found = {finding.rule for finding in scan({"server.py": SERVER.replace("GIVEN", given)}).findings}

    assert bool(found & {"unbounded-capability-tool", "query-injection"}) is is_told
