"""What a program was shipped with is public, whatever else the path to it is chosen from."""

from analyzers import analyze
from tests.analyzers.programs import tree_of

PROGRAM = """
import os
from fastmcp import FastMCP

mcp = FastMCP("statistics")
FOLDER = os.path.join(os.path.dirname(__file__), "definitions")
TABLE = {entries}

@mcp.tool
def get_definition(name: str) -> str:
    file, _ = TABLE[name]
    path = os.path.join(FOLDER, file)
    with open(path) as stream:
        return stream.read()

mcp.run(transport="http")
"""


def test_a_long_table_of_files_does_not_hide_where_they_lie() -> None:
    entries = "{" + ", ".join(f'"k{index}": ("f{index}.yaml", "/p{index}")' for index in range(30)) + "}"
    (row,) = analyze(tree_of({"server.py": PROGRAM.format(entries=entries)})).tools

    assert row.capabilities[0] == "read-public"
