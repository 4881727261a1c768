"""Loops through the environment that look at some of its variables alone."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import logging
import os
from pathlib import Path
from fastmcp import FastMCP

log = logging.getLogger(__name__)
mcp = FastMCP("crm")

def resolve() -> None:
    for key, path in list(os.environ.items()):
        if CHOSEN:
            continue
        try:
            os.environ[key[:-5]] = Path(path).read_text()
        except OSError as error:
            log.warning("%s cannot be read at %s: %s", key, path, error)

resolve()
mcp.run()
"""


@pytest.mark.parametrize(
    ("chosen", "is_told"),
    [
        ('not key.endswith("_FILE")', False),
        ('not (key.endswith(("_FILE", "_PATH")) and path)', False),
        ('not key.upper().endswith("_FILE")', False),
        ('key.endswith("_FILE")', True),
        ('not key.endswith(("_FILE", "_TOKEN"))', True),
        ('not key.startswith("CRM_")', True),
        ('not path.endswith("_FILE")', True),
        ("not path", True),
    ],
)
def test_variables_that_name_no_secret_by_their_ends_are_none(chosen: str, is_told: bool) -> None:
    findings = analyze(tree_of({"server.py": SERVER.replace("CHOSEN", chosen)})).findings
    assert ("secret-in-log" in {found.rule for found in findings}) == is_told
