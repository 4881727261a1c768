"""Hosts and paths that are put together from a part of what a pattern matched."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import re
import httpx
from fastmcp import FastMCP
from pydantic import BaseModel

mcp = FastMCP("regions")
ORIGIN = re.compile(r"{pattern}")

class Config(BaseModel):
    origin: str
    endpoint: str

def region_of(origin: str) -> str | None:
    match = ORIGIN.match(origin.rstrip("/"))
    return match.group({group}) if match else None

def config_of(origin: str, region: str) -> Config:
    return Config(origin=origin, endpoint=f"https://api.{{region}}.shop.example/")

@mcp.tool
def ask(origin: str) -> str:
    region = region_of(origin)
    if not region:
        raise ValueError("no region")
    config = config_of(origin, region)
    return httpx.get(config.{field}).text

mcp.run(transport="http")
"""
REGION = r"https://[a-z0-9-]+\.shop\.([a-z]+-\d+)\.example$"


@pytest.mark.parametrize(
    ("pattern", "group", "field", "found"),
    [
        pytest.param(REGION, "1", "endpoint", [], id="a word"),
        pytest.param(REGION.replace("([a-z", "(?P<region>[a-z"), '"region"', "endpoint", [], id="by its name"),
        pytest.param(r"https://(.+)\.example$", "1", "endpoint", ["ssrf-model-controlled-host"], id="anything"),
        pytest.param(r"https://([a-z.]+)/", "1", "endpoint", ["ssrf-model-controlled-host"], id="a name with dots"),
        pytest.param(REGION, "0", "endpoint", ["ssrf-model-controlled-host"], id="all of it"),
        pytest.param(REGION, "1", "origin", ["ssrf-model-controlled-host"], id="another field"),
    ],
)
def test_a_group_of_a_match_holds_what_its_part_of_the_pattern_does(
    pattern: str, group: str, field: str, found: list[str]
) -> None:
    report = analyze(tree_of({"server.py": SERVER.format(pattern=pattern, group=group, field=field)}))

    assert [item.rule for item in report.findings if item.rule.startswith("ssrf")] == found
