"""A path is kept in the folder that the code has for it, wherever it was put together."""

import pytest

from tests.analyzers.programs import fixed_by

HEAD = """\
import os
from pathlib import Path
from fastmcp import FastMCP

mcp = FastMCP("notes")


def named(folder: Path, name: str) -> Path:
    return folder / f"{name}.md"


def home(user: str | None) -> Path:
    return Path(os.environ["HOME"]) / "notes"


@mcp.tool
def read(name: str, kinds: list[str], user: str | None = None) -> str:
"""
TAIL = """

mcp.run(transport="http")
"""


def guarded(body: str) -> str:
    """Return what the fix of a tool with this body says of the folder."""
    text = HEAD + "".join(f"    {line}\n" for line in body.strip().splitlines()) + TAIL
    fix, changed = fixed_by({"server.py": text}, "path-traversal")
    assert fix is not None
    (check,) = [line for line in changed["server.py"].splitlines() if "is_relative_to" in line]
    return check.rpartition("is_relative_to(")[2].removesuffix("):")


@pytest.mark.parametrize(
    "body",
    [
        """
folder = Path(os.environ["NOTES"])
return (folder / name).read_text()""",
        """
folder = Path(os.environ["NOTES"])
path = named(folder, name)
with open(folder / path) as file:
    return file.read()""",
        """
folder = home(user)
return Path(os.path.join(folder, name)).read_text()""",
        """
folder = Path(os.environ["NOTES"])
found = []
if "/" in name:
    path = folder / name
    found.append(path)
else:
    for kind in kinds:
        path = folder / kind / name
        found.append(path)
for path in found:
    if path.exists():
        return path.read_text()
return "" """,
    ],
)
def test_the_folder_is_the_one_that_the_function_begins_its_paths_with(body: str) -> None:
    assert guarded(body) == "Path(folder).resolve()"


@pytest.mark.parametrize(
    "body",
    [
        """
folder = Path(name)
return (folder / "notes.md").read_text()""",
        """
folder = Path(os.environ["NOTES"])
if user:
    folder = Path(user)
return (folder / name).read_text()""",
        """
found = [Path(os.environ["NOTES"]) / name]
found.append(Path(name))
for path in found:
    return path.read_text()
return "" """,
    ],
)
def test_a_folder_that_callers_choose_or_of_two_is_for_the_author_to_decide(body: str) -> None:
    assert guarded(body) == "FILES_ROOT"
