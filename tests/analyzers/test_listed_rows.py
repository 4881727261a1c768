"""Tuples in lists: what stands at one position of them is not what stands at another."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import subprocess
from pathlib import Path
from fastmcp import FastMCP

mcp = FastMCP("mail")

def escape(text: str) -> str:
    return text.replace("\\\\", "\\\\\\\\").replace('"', '\\\\"')

def targets_of(names: list[str], folder: Path) -> list[tuple[int, Path]]:
    found: list[tuple[int, Path]] = []
    for number, name in enumerate(names):
        found.append((number + 1, folder / name))
    OTHERWISE
    return found

@mcp.tool
def save(folder: str, index: int) -> str:
    rows = ROWS
    numbers = ", ".join(str(number) for number, _ in rows)
    paths = ", ".join(f'"{PATH}"' for _, path in rows)
    script = f"set numbers to {{{numbers}}}\\nset paths to {{{paths}}}"
    return subprocess.run(["/usr/bin/osascript", "-"], input=script, text=True).stdout

mcp.run()
"""
MADE = 'targets_of(["a", "b"], Path(folder))'
ESCAPED = "escape(str(path))"
LISTED = '[(number, Path(folder)) for number, name in enumerate(["a"])]'


@pytest.mark.parametrize(
    ("rows", "path", "otherwise", "is_told"),
    [
        (MADE, ESCAPED, "", False),
        (f"sorted({MADE})", ESCAPED, "", False),
        (LISTED, ESCAPED, "", False),
        ("[(1, folder), (2, folder)]", ESCAPED, "", False),
        (MADE, ESCAPED, "found.extend([(9, folder)])", False),
        (MADE, "path", "", True),
        (LISTED, "path", "", True),
        ("[(1, folder), (folder, 2)]", ESCAPED, "", True),
        (MADE, ESCAPED, "found.append((folder, folder))", True),
        (MADE, ESCAPED, "found.extend([(folder, 9)])", True),
        (MADE, ESCAPED, "found.insert(0, (folder, folder))", True),
        (MADE, ESCAPED, "found[0] = (folder, folder)", True),
    ],
)
def test_only_what_stands_there_is_written(rows: str, path: str, otherwise: str, is_told: bool) -> None:
    text = SERVER.replace("ROWS", rows).replace("PATH", path).replace("OTHERWISE", otherwise or "pass")
    findings = analyze(tree_of({"server.py": text})).findings
    assert ("command-injection" in {found.rule for found in findings}) == is_told
