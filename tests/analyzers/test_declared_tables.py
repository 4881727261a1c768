"""Tables that are declared as such: going through one gives its keys, and no secret of what is kept under them."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import os
import tomllib
from dataclasses import dataclass, field
from typing import Optional
from fastmcp import FastMCP

mcp = FastMCP("watch")

@dataclass
class Site:
    url: str
    api_token: str

@dataclass
class Config:
    sites: DECLARED = field(default_factory=MAKER)

    @property
    def first(self):
        found = list(self.sites)
        return found[0] if found else None

def load(path: str) -> Config:
    sites = KEPT
    for name, raw in tomllib.load(open(path, "rb")).items():
        api_token = raw["api_token"]
        FILLED
    return Config(sites=sites)

config = load(os.environ["SITES"])

@mcp.tool
def which() -> str:
    return ANSWER

mcp.run(transport="http", host="0.0.0.0")
"""
SITE = 'Site(url=raw["url"], api_token=api_token)'
TABLE = ("{}", f"sites[name] = {SITE}")
LIST = ("[]", f"sites.append({SITE})")


@pytest.mark.parametrize("declared", ["dict[str, Site]", "dict[str, Site] | None", "Optional[dict[str, Site]]", "dict"])
@pytest.mark.parametrize("answer", ["config.first", '", ".join(config.sites)', "str(sorted(config.sites))"])
def test_the_keys_of_a_table_are_no_secrets(declared: str, answer: str) -> None:
    assert not _tells(declared, TABLE, answer)


@pytest.mark.parametrize(
    ("declared", "kept", "answer"),
    [
        ("dict[str, Site]", TABLE, "str(list(config.sites.values()))"),
        ("dict[str, Site]", TABLE, 'config.sites["a"].api_token'),
        ("list[Site]", LIST, "str(config.first)"),
        ("dict[str, Site] | list[Site]", LIST, "str(config.first)"),
    ],
)
def test_what_is_kept_in_a_table_or_list_is_told(declared: str, kept: tuple[str, str], answer: str) -> None:
    assert _tells(declared, kept, answer)


def _tells(declared: str, kept: tuple[str, str], answer: str) -> bool:
    made, filled = kept
    maker = "list" if made == "[]" else "dict"
    text = SERVER.replace("MAKER", maker).replace("DECLARED", declared).replace("KEPT", made).replace("FILLED", filled)
    findings = analyze(tree_of({"server.py": text.replace("ANSWER", answer)})).findings
    return "secret-returned-to-model" in {found.rule for found in findings}
