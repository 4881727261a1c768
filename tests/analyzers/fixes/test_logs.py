"""A secret is taken out of what is logged, wherever the text is put together."""

import pytest

from analyzers import Policy
from analyzers.finding import Confidence, Safety
from analyzers.fixes.redaction import redacted_parts
from tests.analyzers.programs import fixed_by

GUESSES = Policy(min_confidence=Confidence.LOW)

SERVER = """\
import logging
import os
from fastmcp import FastMCP

log = logging.getLogger(__name__)
mcp = FastMCP("orders")
KEY = os.environ["ORDERS_API_KEY"]


def debug(text: str) -> None:
    log.info(text)


@mcp.tool
def order(number: str) -> str:
    {logged}
    return number


mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("logged", "expected"),
    [
        ('log.info(f"{number} with {KEY}")', 'log.info(f"{number} with [redacted]")'),
        ('debug(f"{number} with {KEY}")', 'debug(f"{number} with [redacted]")'),
        ('log.info(f"{number} " f"with {KEY}")', 'log.info(f"{number} " f"with [redacted]")'),
        ('debug("order: " f"{number} with {KEY}")', 'debug("order: " f"{number} with [redacted]")'),
        (
            'log.info("key", extra={"key": KEY, "n": number})',
            'log.info("key", extra={"key": "[redacted]", "n": number})',
        ),
    ],
)
def test_a_mark_stands_where_the_secret_stood(logged: str, expected: str) -> None:
    _, changed = fixed_by({"server.py": SERVER.format(logged=logged)}, "secret-in-log")

    # What holds no value any more need be no f-string.
    assert changed["server.py"] in (
        SERVER.format(logged=text) for text in (expected, expected.replace('f"with [redacted]"', '"with [redacted]"'))
    )


@pytest.mark.parametrize(("source", "parts"), [('f"{a"', [0]), ('f"{a}"', [1]), ("f(a)", [0]), ('f"{a}"', [])])
def test_a_text_that_has_no_such_part_stays(source: str, parts: list[int]) -> None:
    assert redacted_parts(source, parts) is None


REFUSED = """\
import logging
import os
import requests
from fastmcp import FastMCP

log = logging.getLogger(__name__)
mcp = FastMCP("orders")
SECRET = os.environ["CLIENT_SECRET"]


@mcp.tool
def order(number: str) -> str:
    response = requests.post("https://id.example/oauth2/token", data={{"grant_type": "x", "client_secret": SECRET}})
    if response.status_code != 200:
        {logged}
        raise ValueError("refused")
    return number


mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("logged", "expected", "safety"),
    [
        ('log.error(f"refused: {response.text}")', 'log.error(f"refused: {response.status_code}")', Safety.REVIEW),
        ('log.error("refused: %s", response.text)', 'log.error("refused: %s", response.status_code)', Safety.REVIEW),
        (
            'log.error("%s: %s", response.status_code, response.text)',
            'log.error("%s: %s", response.status_code, "[redacted]")',
            Safety.REVIEW,
        ),
        ('log.error(f"refused: {SECRET}")', 'log.error("refused: [redacted]")', Safety.SAFE),
    ],
)
def test_the_status_of_a_refused_request_stays(logged: str, expected: str, safety: Safety) -> None:
    fix, changed = fixed_by({"server.py": REFUSED.format(logged=logged)}, "secret-in-log", GUESSES)

    assert fix is not None
    assert fix.safety is safety
    assert changed["server.py"] == REFUSED.format(logged=expected)
