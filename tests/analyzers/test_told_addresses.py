"""Errors of requests that are logged with the address that was asked, and the key in its query."""

from collections.abc import Callable

import pytest

from analyzers import Report
from tests.analyzers.programs import fixed_by

SERVER = """
import logging
import os
import httpx
from fastmcp import FastMCP

log = logging.getLogger(__name__)
mcp = FastMCP("prices")
KEY = os.environ["PRICES_API_KEY"]

@mcp.tool
def spot(symbol: str) -> dict:
    try:
        answer = httpx.get(f"https://prices.example.com/{symbol}", params={"apiKey": KEY})
        answer.raise_for_status()
        return answer.json()
    except httpx.HTTPError as error:
        log.warning(SPOT)
        return {}

@mcp.tool
def chain(symbol: str) -> dict:
    try:
        answer = httpx.get("https://prices.example.com/chain", params={"of": symbol, "apiKey": KEY})
        answer.raise_for_status()
        return answer.json()
    except httpx.HTTPError as problem:
        log.warning(f"no chain of {symbol}: {problem}")
        return {}

mcp.run(transport="http")
"""
RULE = "secret-in-log"


def test_one_key_in_the_errors_of_requests_is_told_once_with_the_requests(
    scan: Callable[[dict[str, str]], Report],
) -> None:
    (found,) = (
        item
        for item in scan({"server.py": SERVER.replace("SPOT", '"no price of %s: %s", symbol, error')}).findings
        if item.rule == RULE
    )

    assert found.message.startswith("2 logging calls write `PRICES_API_KEY` of the environment, in errors of requests")
    assert [(step.line, step.note.partition(" ")[0]) for step in found.evidence] == [
        (9, "`PRICES_API_KEY`"),
        (14, "a"),
        (18, "written"),
        (28, "likewise"),
    ]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ('"no price of %s: %s", symbol, error', '"no price of %s: %s", symbol, type(error).__name__'),
        ('f"no price: {error}"', 'f"no price: {type(error).__name__}"'),
    ],
)
def test_the_type_of_the_error_is_kept(written: str, kept: str) -> None:
    alone = SERVER[: SERVER.index("@mcp.tool\ndef chain")] + 'mcp.run(transport="http")\n'
    fix, changed = fixed_by({"server.py": alone.replace("SPOT", written)}, RULE)

    assert fix is not None
    assert f"log.warning({kept})" in changed["server.py"]


def test_the_type_of_an_error_tells_no_address(scan: Callable[[dict[str, str]], Report]) -> None:
    quiet = SERVER.replace("SPOT", '"no price: %s", type(error).__name__').replace("{problem}", "it failed")

    assert RULE not in {item.rule for item in scan({"server.py": quiet}).findings}
