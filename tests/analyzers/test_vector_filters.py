"""Conditions that stores of vectors take as texts."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import lancedb
from fastmcp import FastMCP
from pymilvus import Collection, MilvusClient

mcp = FastMCP("notes")
client = MilvusClient("http://localhost:19530")

class Notes:
    def __init__(self):
        self.table = lancedb.connect("notes").open_table("notes")

    def of(self, owner):
        return self.table.search("x").limit(5).where(f"owner = '{owner}'").to_list()

notes = Notes()
table = lancedb.connect("notes").open_table("notes")

@mcp.tool
def find(owner: str, tag: str) -> list:
    return ASKED

mcp.run(transport="http")
"""


def _rules(asked: str) -> list[str]:
    findings = analyze(tree_of({"server.py": SERVER.replace("ASKED", asked)})).findings
    told = ("query-injection", "unbounded-capability-tool")
    return [finding.rule for finding in findings if finding.rule in told]


@pytest.mark.parametrize(
    "asked",
    [
        "notes.of(owner)",
        "table.search(tag).where(f\"owner = '{owner}'\").to_list()",
        "table.delete(f\"owner = '{owner}'\")",
        'client.query("notes", filter=f\'owner == "{owner}"\')',
        'client.search("notes", data=[[0.1]], filter=f\'owner == "{owner}"\')',
        'Collection("notes").query(expr=f\'owner == "{owner}"\')',
    ],
)
def test_an_argument_in_a_condition_is_told(asked: str) -> None:
    assert _rules(asked) == ["query-injection"]


@pytest.mark.parametrize(
    "asked",
    [
        "table.search(tag).where(\"owner = 'me'\").to_list()",
        'table.search(tag).where(f"owner = {int(owner)}").to_list()',
        "table.search(tag).where(owner).to_list()",
        'client.query("notes", ids=[owner])',
        'client.search("notes", data=[[0.1]], filter="owner in {owners}", filter_params={"owners": [owner]})',
    ],
)
def test_a_constant_a_number_and_a_whole_condition_are_not(asked: str) -> None:
    assert _rules(asked) == []
