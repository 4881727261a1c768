"""Tables that are only copied where they hold no secret."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
from fastmcp import FastMCP

mcp = FastMCP("machines")
JOBS = []
SECRET_FIELDS = {{"password", "ssh_key"}}

class Job:
    def __init__(self, settings: dict | None):
        self.settings = settings

    def as_dict(self) -> dict:
        return {{"settings": self.settings}}

def create(name: str, password: str) -> Job:
    settings = {{"name": name}}
    if password:
        settings["password"] = password
    kept = None
    if {condition}:
        kept = dict(settings)
    return Job(kept)

@mcp.tool
def machine(name: str, password: str) -> dict:
    return create(name, password).as_dict()

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        pytest.param("not SECRET_FIELDS.intersection(settings)", 0, id="none in common"),
        pytest.param("SECRET_FIELDS.isdisjoint(settings)", 0, id="apart"),
        pytest.param('"password" not in settings', 0, id="not among them"),
        pytest.param('name and not ("password" in settings)', 0, id="not among them, and more"),
        pytest.param("SECRET_FIELDS.intersection(settings)", 1, id="some in common"),
        pytest.param('"ssh_key" not in settings', 1, id="another one"),
        pytest.param("name", 1, id="whatever is in it"),
    ],
)
def test_a_table_that_was_found_to_have_no_secret_shows_none(condition: str, found: int) -> None:
    report = analyze(tree_of({"server.py": SERVER.format(condition=condition)}))

    assert sum(item.rule == "secret-returned-to-model" for item in report.findings) == found
