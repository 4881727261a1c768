"""Fields of the items of a list: each is what was put in under its name, and not all that was put in."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
from pathlib import Path
from fastmcp import FastMCP

mcp = FastMCP("notes")
ROOT = Path("/srv/notes")


@mcp.tool
def replace(word: str, more: list) -> str:
    MADE
    for item in LISTED:
        with open(READ, "w") as file:
            file.write("")
    return "done"


mcp.run(transport="http")
"""
OWN = '{"path": ROOT / "a.md", "word": word}'
CHOSEN = '{"path": ROOT / word, "word": "a"}'


@pytest.mark.parametrize(
    ("made", "listed"),
    [
        ("found = [ITEM]", "found"),
        ("found = []\n    found.append(ITEM)", "found"),
        ('found = [{"path": ROOT / "b.md"}]\n    found.append(ITEM)', "found"),
        ("found = []\n    found.extend([ITEM])", "found"),
        ("found = [ITEM for _ in range(3)]", "found"),
        ("found = [*[ITEM]]", "found"),
    ],
)
@pytest.mark.parametrize("read", ['item["path"]', 'item.get("path")'])
@pytest.mark.parametrize(("item", "is_told"), [(OWN, False), (CHOSEN, True)])
def test_an_item_leads_where_its_path_leads(
    scan: Callable[[dict[str, str]], Report], made: str, listed: str, read: str, item: str, is_told: bool
) -> None:
    assert _tells(scan, made.replace("ITEM", item), listed, read) is is_told


@pytest.mark.parametrize(
    ("made", "listed", "read"),
    [
        (f"found = [{OWN}]\n    found.append({CHOSEN})", "found", 'item["path"]'),
        (f"found = [{OWN}]\n    found.extend(more)", "found", 'item["path"]'),
        (f"found = [{OWN}, *more]", "found", 'item["path"]'),
        (f"found = [{OWN}]\n    found[0] = {CHOSEN}", "found", 'item["path"]'),
        (f"found = [{OWN}]", "found", 'item["word"]'),
        (f"found = [{OWN}]", "found", "item[word]"),
        ("", "more", 'item["path"]'),
    ],
)
def test_an_item_that_may_be_a_callers_leads_anywhere(
    scan: Callable[[dict[str, str]], Report], made: str, listed: str, read: str
) -> None:
    assert _tells(scan, made or "pass", listed, read)


def _tells(scan: Callable[[dict[str, str]], Report], made: str, listed: str, read: str) -> bool:
    text = SERVER.replace("MADE", made).replace("LISTED", listed).replace("READ", read)
    return "path-traversal" in {finding.rule for finding in scan({"server.py": text}).findings}


HANDED = """
from pathlib import Path
from fastmcp import FastMCP

mcp = FastMCP("notes")
ROOT = Path("/srv/notes")


def clear(items: list[dict]) -> None:
    for item in items:
        with open(item["path"], "w") as file:
            file.write("")


@mcp.tool
def replace(word: str, more: list) -> str:
    clear(GIVEN)
    return "done"


mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("given", "is_told"),
    [
        (f"[{OWN}]", False),
        (f"[{OWN}, {OWN}]", False),
        (f"[{CHOSEN}]", True),
        (f"[{OWN}, {CHOSEN}]", True),
        (f"[{OWN}, *more]", True),
        ("more", True),
    ],
)
def test_the_items_of_a_list_keep_their_fields_where_it_is_handed_on(
    scan: Callable[[dict[str, str]], Report], given: str, is_told: bool
) -> None:
    found = scan({"server.py": HANDED.replace("GIVEN", given)}).findings

    assert ("path-traversal" in {one.rule for one in found}) is is_told
