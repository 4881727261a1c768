"""Settings that are answered as the text that they were written out to."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
import io
import json
import yaml
from pydantic_settings import BaseSettings
from ruamel.yaml import YAML
from fastmcp import FastMCP

mcp = FastMCP("shop")

class Settings(BaseSettings):
    url: str = ""
    api_key: str = ""

settings = Settings()

def redacted(table: dict) -> dict:
    return {{key: "***" if key.endswith("_key") else value for key, value in table.items()}}

def written(table: dict) -> str:
    out = io.StringIO()
    {write}
    return out.getvalue()

@mcp.resource("shop://settings")
def show() -> str:
    return {shown}

mcp.run()
"""
WHOLE = "written(settings.model_dump())"


@pytest.mark.parametrize(
    ("write", "shown", "found"),
    [
        ("json.dump(table, out)", WHOLE, True),
        ("YAML().dump(table, out)", WHOLE, True),
        ("out.write(str(table))", WHOLE, True),
        ("print(table, file=out)", WHOLE, True),
        ("print(table)", WHOLE, False),
        ("json.dump(len(table), out)", WHOLE, False),
        ("json.dump(table, out)", "written(redacted(settings.model_dump()))", False),
        ("json.dump(table, out)", 'written({"url": settings.url})', False),
        ("pass", "yaml.safe_dump(settings.model_dump())", True),
        ("pass", "yaml.safe_dump(redacted(settings.model_dump()))", False),
        ("pass", "Settings().model_dump_json()", True),
        ("pass", "Settings().url", False),
    ],
)
def test_settings_are_shown_however_they_are_written(
    scan: Callable[[dict[str, str]], Report], write: str, shown: str, found: bool
) -> None:
    report = scan({"server.py": SERVER.format(write=write, shown=shown)})

    assert ("secret-returned-to-model" in {finding.rule for finding in report.findings}) is found
