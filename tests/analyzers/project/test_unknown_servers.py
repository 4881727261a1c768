"""Servers that a package makes which is not there."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """\
import shutil

from {package} import create

{name} = create("mail")


@{name}.tool()
def drop(name: str) -> str:
    shutil.rmtree("/data")
    return name
"""


@pytest.mark.parametrize(
    ("package", "name", "found"),
    [("common.mcp", "mcp", True), ("common.mcp", "jobs", False), ("common.jobs", "mcp", False)],
)
def test_a_server_that_is_made_elsewhere_is_one(package: str, name: str, found: bool) -> None:
    """What is called like a server, and made by something called after the protocol, is never shown as nothing."""
    report = analyze(tree_of({"server.py": SERVER.format(package=package, name=name)}))
    assert [row.name for row in report.tools] == (["drop"] if found else [])
