"""Paths from whose names the dots are gone, and which place a finding about several is shown at."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import os
from pathlib import Path
from fastmcp import FastMCP

mcp = FastMCP("notes")
ROOT = Path("/srv/notes")

@mcp.tool
def read(name: str) -> str:
    {clean}
    return {opened}

mcp.run(transport="http")
"""
SUFFIXED = '(ROOT / f"{safe}_notes.json").read_text()'


@pytest.mark.parametrize(
    ("clean", "opened", "severity"),
    [
        pytest.param('safe = name.replace("@", "_at_").replace(".", "_")', SUFFIXED, ["INFO"], id="an absolute path"),
        pytest.param('safe = name.replace("..", "")', SUFFIXED, ["INFO"], id="no two dots"),
        pytest.param('safe = name.replace("..", "")', f"{SUFFIXED[:-12]}.unlink()", ["LOW"], id="one that is deleted"),
        pytest.param('safe = name.replace("../", "")', SUFFIXED, ["MEDIUM"], id="dots that come back"),
        pytest.param('safe = name.replace("_", ".")', SUFFIXED, ["MEDIUM"], id="dots that are put in"),
        pytest.param('safe = name.replace(".", "_")', "(ROOT / safe).read_text()", ["HIGH"], id="any absolute path"),
        pytest.param('safe = name.replace(".", "_").replace("/", "_")', SUFFIXED, [], id="one name"),
        pytest.param('safe = name.replace(".", "_")', 'open(f"/srv/notes/{safe}_notes.json").read()', [], id="below"),
        pytest.param("safe = Path(name)", "str(os.open(safe.anchor, os.O_RDONLY))", [], id="the root alone"),
        pytest.param("safe = Path(name)", "open(ROOT / safe.parent / 'x').read()", ["MEDIUM"], id="all but a name"),
    ],
)
def test_a_text_without_dots_only_leads_out_by_being_absolute(clean: str, opened: str, severity: list[str]) -> None:
    report = analyze(tree_of({"server.py": SERVER.format(clean=clean, opened=opened)}))

    assert [item.severity.name for item in report.findings if item.rule == "path-traversal"] == severity


def test_a_text_without_dots_still_names_a_host() -> None:
    body = 'import httpx\n    safe = name.replace(".", "")\n    return httpx.get(f"http://{safe}:8080/").text'
    report = analyze(tree_of({"server.py": SERVER.format(clean=body, opened="''")}))

    assert "ssrf-model-controlled-host" in {item.rule for item in report.findings}


FREE = """
from pathlib import Path
from fastmcp import FastMCP

mcp = FastMCP("files")

@mcp.tool
def attach(message: str) -> str:
    return open(message).read()

@mcp.tool
def save(folder: str, text: str) -> None:
    Path(folder).write_text(text)

mcp.run(transport="http")
"""


def test_a_finding_about_several_tools_is_shown_where_its_evidence_ends() -> None:
    report = analyze(tree_of({"server.py": FREE}))
    (found,) = [item for item in report.findings if item.rule == "path-traversal"]
    opened = [step.line for step in found.evidence if step.note.endswith("opens the path")]

    assert [found.location.line] == opened == [13]


FORGOTTEN = """
from pathlib import Path
from fastmcp import FastMCP

mcp = FastMCP("accounts")
ROOT = Path("/srv/accounts")

def keep(user: str, text: str) -> None:
    (ROOT / f"{user}_kept.json").write_text(text)

def drop(user: str) -> None:
    (ROOT / f"{user}_login.json").unlink()

@mcp.custom_route("/revoke", methods=["POST"])
async def revoke(request):
    drop((await request.json())["user"].replace(".", "_"))

@mcp.tool
def save(email: str, text: str) -> None:
    keep(email.replace("@", "_at_").replace(".", "_"), text)

@mcp.tool
def forget(user: str) -> None:
    drop(user.replace(".", "_"))

mcp.run(transport="http")
"""


def test_absolute_names_are_told_once_whatever_is_joined_to_which_folder_and_with_what_a_tool_is_given() -> None:
    report = analyze(tree_of({"server.py": FORGOTTEN}))

    (found,) = [item for item in report.findings if item.rule == "path-traversal"]

    assert [step.note for step in found.evidence] == [
        "`forget` takes `user` from its caller",
        "passed on in `forget`",
        "`pathlib.Path().unlink` opens the path",
        "likewise in `keep`",
    ]
    assert len(found.tools) == 3
