"""Paths that callers choose beside a tool that runs any code for the same callers."""

import pytest

from analyzers import analyze
from analyzers.finding import Severity
from tests.analyzers.programs import tree_of

SERVER = """\
import subprocess
from pathlib import Path
from fastmcp import FastMCP
from fastmcp.exceptions import ToolError
from fastmcp.server.dependencies import get_access_token
from nbclient import NotebookClient
import nbformat

mcp = FastMCP("notes", auth=verifier)
FOLDER = Path("/srv/notes")

@mcp.tool
def read(name: str) -> str:
    return (FOLDER / name).read_text()

@mcp.tool
def run(text: str) -> str:
BODY

mcp.run(transport="http")
"""
SHELL = "    return subprocess.run(text, shell=True, capture_output=True, text=True).stdout"
NOTEBOOK = '    return str(NotebookClient(nbformat.read(FOLDER / "main.ipynb", as_version=4)).execute())'
EDITED = f"""{NOTEBOOK}

@mcp.tool
def write(text: str) -> str:
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text)]), FOLDER / "main.ipynb")
    return "written"
"""
BOXED = '    return subprocess.run(["docker", "exec", "box", "sh", "-c", text], capture_output=True, text=True).stdout'
FIXED = '    return subprocess.run(["git", "log", "--", text], capture_output=True, text=True).stdout'
ASKED = """\
    if "admin" not in get_access_token().scopes:
        raise ToolError("not granted")
"""


@pytest.mark.parametrize(
    ("body", "severity"),
    [
        pytest.param(SHELL, Severity.LOW, id="a shell"),
        pytest.param(EDITED, Severity.LOW, id="a notebook that another tool writes"),
        pytest.param(NOTEBOOK, Severity.HIGH, id="a notebook that nobody writes"),
        pytest.param(ASKED + SHELL, Severity.HIGH, id="a shell for others"),
        pytest.param(BOXED, Severity.HIGH, id="a shell in a container"),
        pytest.param(FIXED, Severity.HIGH, id="a fixed program"),
    ],
)
def test_a_path_gives_little_where_any_code_runs(body: str, severity: Severity) -> None:
    report = analyze(tree_of({"server.py": SERVER.replace("BODY", body)}))
    found = [item for item in report.findings if item.rule == "path-traversal" and "`read`" in item.message]

    assert [item.severity for item in found] == [severity]
