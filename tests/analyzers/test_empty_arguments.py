"""What a condition found to be empty says nothing where it is handed on."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """\
from pathlib import Path
from fastmcp import FastMCP
from pydantic import BaseModel

mcp = FastMCP("notes")
FOLDER = Path("/srv/notes")

class Draft(BaseModel):
    title: str = ""
    text: str = ""

def named(draft: Draft) -> None:
    draft.title = draft.text

def save(text: str, name: str | None = None) -> None:
    (FOLDER / (name or "draft")).write_text(text)

@mcp.tool
def keep(draft: Draft, title: str = "") -> str:
BODY
    return "kept"

mcp.run(transport="http")
"""
OTHERWISE = """\
    if draft.title:
        print("named already")
    else:
        print("unnamed")
        save(draft.text, name=draft.title)
"""
NEGATED = """\
    if not title:
        save(draft.text, title)
"""
CHANGED = """\
    if not draft.title:
        named(draft)
        save(draft.text, name=draft.title)
"""
STORED = """\
    if not draft.title:
        draft.title = title
        save(draft.text, name=draft.title)
"""
GIVEN = """\
    if draft.title:
        save(draft.text, name=draft.title)
"""


@pytest.mark.parametrize(("body", "told"), [(OTHERWISE, 0), (NEGATED, 0), (CHANGED, 1), (STORED, 1), (GIVEN, 1)])
def test_what_is_empty_leads_nowhere_unless_it_is_filled_before(body: str, told: int) -> None:
    report = analyze(tree_of({"server.py": SERVER.replace("BODY", body)}))

    assert len([item for item in report.findings if item.rule == "path-traversal"]) == told
