"""A setting that no call of the program passes is off in any case; one that some call may pass is off by default."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

NOTES = """
import requests

class Notes:
    def __init__(self, token: str, verify_ssl: bool = False):
        self.token = token
        self.verify_ssl = verify_ssl

    def read(self, name: str) -> str:
        def send():
            return requests.get(f"https://notes.internal/{name}", verify=self.verify_ssl)

        return send().text

def fetch(name: str, verify: bool = False) -> str:
    return requests.get(f"https://pages.internal/{name}", verify=verify).text
"""
SERVER = """
import os
from fastmcp import FastMCP
import notes
from notes import fetch
from settings import load

mcp = FastMCP("notes")
OTHERS

@mcp.tool
def read(name: str) -> str:
    return BODY

mcp.run(transport="http")
"""
MADE = 'notes.Notes(os.environ["TOKEN"]).read(name)'
NEVER = "nothing passes `verify_ssl`, which is off by default"


def _told(others: str, body: str, line: int = 11) -> list[tuple[str, list[int]]]:
    server = SERVER.replace("OTHERS", others).replace("BODY", body)
    report = analyze(tree_of({"notes.py": NOTES, "server.py": server}))
    return [
        (finding.message, [step.line for step in finding.evidence])
        for finding in report.findings
        if finding.rule == "tls-verification-disabled" and finding.location.line == line
    ]


def test_a_setting_that_no_call_passes_is_off_in_any_case_and_its_default_shown() -> None:
    assert _told("", MADE) == [(f"`requests.get` accepts any certificate: {NEVER}.", [5])]


@pytest.mark.parametrize(
    ("others", "body"),
    [
        ("", 'notes.Notes(os.environ["TOKEN"], verify_ssl=load().verify).read(name)'),
        ("", 'notes.Notes(os.environ["TOKEN"], load().verify).read(name)'),
        ("", "notes.Notes(**load()).read(name)"),
        ("", "notes.Notes(*load()).read(name)"),
        ("KINDS = [notes.Notes]", MADE),
        ("class Pages(notes.Notes):\n    pass", MADE),
        ("def opened(note):\n    note.verify_ssl = load().verify\n    return note", MADE),
        ("", "load().read(name)"),
    ],
    ids=["keyword", "position", "table", "list", "listed", "extended", "set later", "never made"],
)
def test_a_setting_that_something_may_pass_is_off_by_default(others: str, body: str) -> None:
    assert not any(NEVER in message for message, _ in _told(others, body))


def test_an_option_of_a_function_that_no_call_passes_is_off_in_any_case() -> None:
    said = "`requests.get` accepts any certificate"

    assert _told("", "fetch(name)", 15) == [(f"{said}: nothing passes `verify`, which is off by default.", [15])]
    assert _told("", "fetch(name, False)", 15) == [(f"{said} unless it is configured.", [15])]
