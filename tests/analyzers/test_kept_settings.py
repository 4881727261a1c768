"""What a keyring holds beside a secret, in one text with it."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """\
import json
import logging

import keyring
from fastmcp import FastMCP

logger = logging.getLogger("files")
mcp = FastMCP("files")


@mcp.tool
def connect() -> str:
    kept = json.loads(keyring.get_credential("files", None).password)
    logger.info("connecting with %s", kept["{key}"])
    return "connected"


mcp.run()
"""


@pytest.mark.parametrize(
    ("key", "told"),
    [("url", False), ("verify_ssl", False), ("api_secret", True), ("database_url", True), ("anything", True)],
)
def test_an_address_beside_a_secret_is_none(key: str, told: bool) -> None:
    """Whole names say so; the address of a database may hold its password."""
    report = analyze(tree_of({"server.py": SERVER.format(key=key)}))
    assert ("secret-in-log" in {finding.rule for finding in report.findings}) is told
