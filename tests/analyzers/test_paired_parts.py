"""What a line of the log may hold is told by what is known of the part that was returned beside it."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import logging
import os
from fastmcp import FastMCP

log = logging.getLogger(__name__)
mcp = FastMCP("files")


def resolve(path: str) -> tuple[str, str]:
    if path.startswith("cloud:"):
        return f"{{path}}?token={{os.environ['CLOUD_TOKEN']}}", "cloud"
    {more}
    return path, "file"


class Store:
    def __init__(self, path: str):
        self.path, self.kind = resolve(path)
        {also}

    def open(self) -> None:
        {statement}


@mcp.tool
def show() -> str:
    path, kind = resolve("/srv/files")
    {local}
    Store("/srv/files").open()
    return "ok"


mcp.run(transport="http")
"""
KNOWN = "if self.kind == 'file':\n            log.info(f'opened {self.path}')"


def told(*, statement: str = "pass", local: str = "pass", more: str = "pass", also: str = "pass") -> bool:
    """Tell whether the token is reported as written to the log."""
    text = SERVER.format(statement=statement, local=local, more=more, also=also)
    return any(item.rule == "secret-in-log" for item in analyze(tree_of({"server.py": text})).findings)


@pytest.mark.parametrize(
    ("statement", "local"),
    [
        (KNOWN, "pass"),
        ("if self.kind != 'file':\n            return\n        log.info('opened %s', self.path)", "pass"),
        ("pass", "if kind == 'file':\n        log.info('opened %s', path)"),
    ],
)
def test_a_part_that_never_comes_with_this_constant_is_not_there(statement: str, local: str) -> None:
    assert not told(statement=statement, local=local)


@pytest.mark.parametrize(
    "given",
    [
        {"statement": "log.info(f'opened {self.path}')"},
        {"statement": KNOWN.replace("'file'", "'cloud'")},
        {"statement": KNOWN.replace("==", "!=")},
        {"statement": KNOWN, "more": "if path == 'x':\n        return os.environ['CLOUD_TOKEN'], 'file'"},
        {"statement": KNOWN, "more": "if path == 'x':\n        return os.environ['CLOUD_TOKEN'], path"},
        {"statement": KNOWN, "also": "self.path = os.environ['CLOUD_TOKEN']"},
        {"local": "log.info('opened %s', path)"},
        {"local": "if kind == 'file':\n        log.info('%s %s', path, os.environ['CLOUD_TOKEN'])"},
    ],
)
def test_a_part_that_may_come_with_it_is(given: dict[str, str]) -> None:
    assert told(**given)
