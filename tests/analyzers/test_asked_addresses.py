"""Answers and errors of HTTP clients name the address that was asked, with the key in its query."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
import logging
import os
import httpx
import requests
from fastmcp import FastMCP
from fastmcp.exceptions import ToolError

log = logging.getLogger(__name__)
mcp = FastMCP("maps")
KEY = os.environ["MAPS_KEY"]

@mcp.tool
def find(place: str) -> str:
    try:
        answer = {asked}
        answer.raise_for_status()
    except {caught} as error:
        {told}
        raise ToolError("the maps did not answer") from None
    log.info("asked %s", {after})
    return "found"

mcp.run(transport="http")
"""
IN_QUERY = 'httpx.get("https://maps.internal/find", params={"q": place, "key": KEY})'
IN_HEADER = 'httpx.get("https://maps.internal/find", params={"q": place}, headers={"X-Key": KEY})'
IN_ADDRESS = 'requests.request("GET", f"https://maps.internal/find?key={KEY}")'
IN_BODY = 'requests.post("https://maps.internal/find", {"key": KEY})'


@pytest.mark.parametrize("asked", [IN_QUERY, IN_HEADER, IN_ADDRESS, IN_BODY])
@pytest.mark.parametrize(
    ("caught", "told", "after", "names_address"),
    [
        ("Exception", 'log.warning("failed: %s", error)', "place", True),
        ("(httpx.HTTPError, requests.RequestException)", 'log.error(f"failed: {error}")', "place", True),
        ("Exception", 'log.warning("failed: %s", type(error).__name__)', "place", False),
        ("KeyError", 'log.warning("failed: %s", error)', "place", False),
        ("Exception", "pass", "answer.url", True),
        ("Exception", "pass", "answer.request.url", True),
        ("Exception", "pass", "answer.status_code", False),
    ],
)
def test_an_address_that_is_logged_shows_the_key_in_its_query(
    scan: Callable[[dict[str, str]], Report], asked: str, caught: str, told: str, after: str, names_address: bool
) -> None:
    report = scan({"server.py": SERVER.format(asked=asked, caught=caught, told=told, after=after)})
    found = "secret-in-log" in {finding.rule for finding in report.findings}

    assert found is (names_address and asked in (IN_QUERY, IN_ADDRESS))


CAUGHT_BEFORE = """
    except {before}:
        raise ToolError("the maps did not answer") from None
"""


@pytest.mark.parametrize(
    ("before", "names_address"),
    [
        (["requests.HTTPError", "requests.exceptions.ConnectionError"], False),
        (["(requests.HTTPError, requests.ConnectionError)"], False),
        (["requests.RequestException"], False),
        (["requests.HTTPError"], True),
        (["requests.exceptions.ConnectionError", "requests.Timeout"], True),
    ],
)
def test_errors_that_name_no_address_are_left_when_those_that_do_were_caught_before(
    scan: Callable[[dict[str, str]], Report], before: list[str], names_address: bool
) -> None:
    told = 'log.warning("failed: %s", error)'
    text = SERVER.format(asked=IN_ADDRESS, caught="Exception", told=told, after="place")
    handlers = "".join(CAUGHT_BEFORE.format(before=types).rstrip() for types in before).lstrip("\n")
    report = scan({"server.py": text.replace("    except Exception", f"{handlers}\n    except Exception")})
    assert report.failures == ()

    assert ("secret-in-log" in {finding.rule for finding in report.findings}) is names_address
