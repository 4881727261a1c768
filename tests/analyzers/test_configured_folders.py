"""Folders that paths are kept in once somebody configures one."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import os
from pathlib import Path
from fastmcp import FastMCP

mcp = FastMCP("files")

class Policy:
    def __init__(self, folders):
        self.folders = [Path(folder).resolve() for folder in folders]

    @property
    def confined(self) -> bool:
        return bool(self.folders)

    def allows(self, path: Path) -> bool:
        return {allowed}

    def resolve(self, given: str) -> Path:
        if not given.strip() and self.confined:
            return self.folders[0]
        path = Path(given).resolve()
        if not self.allows(path):
            raise ValueError("outside")
        return path

policy = Policy(os.environ.get("FOLDERS", "").split(":"))

@mcp.tool
def read(path: str) -> str:
    return policy.resolve(path).read_text()

mcp.run({transport})
"""
WITHIN = "any(path.is_relative_to(folder) for folder in self.folders)"
OPTIONAL = f"not self.confined or {WITHIN}"
HTTP = 'transport="http"'
EITHER = 'transport=os.environ["TRANSPORT"]'


@pytest.mark.parametrize(
    ("allowed", "transport", "found"),
    [
        pytest.param(OPTIONAL, HTTP, ["MEDIUM HIGH"], id="over HTTP"),
        pytest.param(OPTIONAL, EITHER, ["LOW MEDIUM"], id="over HTTP or for one user"),
        pytest.param(OPTIONAL, "", ["LOW LOW"], id="for one user, whose files they are"),
        pytest.param(WITHIN, HTTP, [], id="always"),
        pytest.param("bool(path.name)", HTTP, ["HIGH HIGH"], id="never"),
    ],
)
def test_whoever_runs_a_server_may_name_the_folders_that_paths_are_kept_in(
    allowed: str, transport: str, found: list[str]
) -> None:
    report = analyze(tree_of({"server.py": SERVER.format(allowed=allowed, transport=transport)}))

    told = [item for item in report.findings if item.rule == "path-traversal"]

    assert [f"{item.severity.name} {item.confidence.name}" for item in told] == found
