"""Errors of HTTP clients that name the address they asked, with a key in its query, and those that do not."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
import logging
import os
import httpx
import requests
from fastmcp import FastMCP

log = logging.getLogger("weather")
mcp = FastMCP("weather")

@mcp.tool
def forecast(city: str) -> str:
    try:
        answer = CLIENT.get("https://weather.example/now", params={"q": city, "appid": os.environ["WEATHER_API_KEY"]})
        CHECK
        return answer.text
    except Exception as error:
        log.error("failed: %s", error)
        return "failed"

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("client", "check", "told"),
    [
        ("requests", "pass", True),
        ("requests", "answer.raise_for_status()", True),
        ("httpx", "answer.raise_for_status()", True),
        ("httpx", "pass", False),
    ],
)
def test_an_error_tells_the_key_if_it_names_the_address(
    scan: Callable[[dict[str, str]], Report], client: str, check: str, told: bool
) -> None:
    report = scan({"server.py": SERVER.replace("CLIENT", client).replace("CHECK", check)})

    assert any(finding.rule == "secret-in-log" for finding in report.findings) == told


@pytest.mark.parametrize(
    ("client", "first", "told"),
    [
        ("requests", "requests.RequestException: return 'no answer'", False),
        ("requests", "requests.ConnectionError: return 'no answer'", True),
        ("httpx", "httpx.HTTPStatusError as refused: raise ValueError('refused') from refused", False),
        ("httpx", "httpx.TimeoutException: return 'no answer'", True),
        ("httpx", "KeyError: return 'no answer'", True),
    ],
)
def test_an_error_that_was_caught_before_is_not_told_by_a_later_handler(
    scan: Callable[[dict[str, str]], Report], client: str, first: str, told: bool
) -> None:
    handlers = f"except {first}\n    except Exception as error"
    program = SERVER.replace("CLIENT", client).replace("CHECK", "answer.raise_for_status()")
    report = scan({"server.py": program.replace("except Exception as error", handlers)})

    assert any(finding.rule == "secret-in-log" for finding in report.findings) == told
