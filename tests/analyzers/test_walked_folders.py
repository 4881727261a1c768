"""Files that are found below a folder: whoever names the folder names them, and no more than that."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import os
from pathlib import Path
from fastmcp import FastMCP

mcp = FastMCP("files")
ROOT = Path("/srv/files")

@mcp.tool
def grep(path: str, pattern: str, recursive: bool) -> list:
    root = WHERE
    found = []
    for folder, _, names in WALKED:
        for name in names:
            if pattern in (Path(folder) / name).read_text():
                found.append(name)
    return found

mcp.run(transport="http")
"""
FREE = "Path(path).resolve()"
BELOW = "ROOT / path"
BOTH = "os.walk(root) if recursive else [(str(root), [], os.listdir(str(root)))]"
OWN = "[(str(ROOT), [], [path])]"
ANY, OUT = "`grep` lets `path` lead to any file.", "`grep` lets `path` lead out of its folder"


@pytest.mark.parametrize(
    ("where", "walked", "said"),
    [
        (FREE, BOTH, ANY),
        (FREE, "os.walk(root)", ANY),
        (FREE, "sorted(os.walk(root))", ANY),
        (BELOW, "os.walk(root)", OUT),
        ("ROOT", "os.walk(root)", ""),
        ("ROOT", BOTH, ""),
        ("ROOT", OWN, OUT),
    ],
)
def test_names_that_are_found_are_nobodys_text(where: str, walked: str, said: str) -> None:
    findings = analyze(tree_of({"server.py": SERVER.replace("WHERE", where).replace("WALKED", walked)})).findings
    messages = [found.message for found in findings if found.rule == "path-traversal"]
    assert len(messages) == (1 if said else 0)
    assert all(message.startswith(said) for message in messages)
