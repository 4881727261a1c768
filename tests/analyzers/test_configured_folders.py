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


STORE = """
from pathlib import Path

STORE = Path("/srv/jobs")

def keep(name: str, text: str) -> None:
    (STORE / f"{name}.json").write_text(text)
"""
JOBS = """
from fastmcp import FastMCP
from store import STORE, keep

mcp = FastMCP("jobs")

@mcp.tool
def start(name: str) -> str:
    known = (STORE / f"{name}.json").read_text()
    keep(name, "started")
    return known

@mcp.tool
def other(title: str) -> str:
    return (STORE / title).read_text()

mcp.run(transport="http")
"""


def test_one_argument_in_one_folder_is_one_cause_in_whatever_file() -> None:
    report = analyze(tree_of({"store.py": STORE, "server.py": JOBS}))

    told = [item for item in report.findings if item.rule == "path-traversal"]

    assert sorted((item.location.path, len(item.evidence), len(item.tools)) for item in told) == [
        ("server.py", 2, 1),
        ("store.py", 4, 1),
    ]
