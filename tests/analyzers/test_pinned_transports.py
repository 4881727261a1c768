"""A transport of the settings that only one is let through for."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

PROGRAM = """
import json
from dataclasses import dataclass
from pathlib import Path
from fastmcp import FastMCP

@dataclass
class Settings:
    transport: str

def load_settings() -> Settings:
    transport = json.loads(Path("settings.json").read_text())["transport"]
    if {check}:
        raise RuntimeError("another transport")
    return Settings(transport=transport)

mcp = FastMCP("orders")

@mcp.tool
def status() -> str:
    return "up"

settings = load_settings()
mcp.run(transport=settings.transport)
"""


@pytest.mark.parametrize(
    ("check", "transport"),
    [
        pytest.param('transport != "stdio"', "stdio", id="only its own user"),
        pytest.param('transport != "http"', "http", id="only the network"),
        pytest.param('transport not in ("stdio", "http")', "both", id="one of two"),
        pytest.param('transport == ""', "both", id="another check"),
    ],
)
def test_a_transport_that_is_checked_is_the_only_one(check: str, transport: str) -> None:
    (row,) = analyze(tree_of({"server.py": PROGRAM.format(check=check)})).tools

    assert row.transport == transport
