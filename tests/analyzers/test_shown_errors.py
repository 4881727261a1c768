"""How grave an answer with the text of an error is, and which of several is shown."""

from collections.abc import Callable

import pytest

from analyzers import Report
from analyzers.finding import Finding, Severity

SERVER = """
import os
import httpx
from fastmcp import FastMCP

mcp = FastMCP("weather")

@mcp.tool
def forecast(place: str) -> str:
    try:
        return httpx.get(ADDRESS, params={"q": place}).text
    except httpx.HTTPError as error:
        return f"Error: {error}"
MORE
mcp.run(transport="http")
"""
ERASING = """
@mcp.tool
def erase(place: str) -> str:
    try:
        return httpx.delete("https://places.internal/", params={"q": place}).text
    except Exception as error:
        return f"Error: {error}"
"""


def told(scan: Callable[[dict[str, str]], Report], address: str, more: str = "") -> Finding:
    report = scan({"server.py": SERVER.replace("ADDRESS", address).replace("MORE", more)})
    (found,) = (item for item in report.findings if item.rule == "internal-error-to-model")
    return found


@pytest.mark.parametrize(
    ("address", "severity"),
    [
        ('"https://api.weather.example/"', Severity.INFO),
        ('"https://weather.internal/"', Severity.LOW),
        ('"http://10.0.0.7/"', Severity.LOW),
        ('f"https://{place}/"', Severity.LOW),
        ('"https://api.weather.example/?key=" + os.environ["KEY"]', Severity.LOW),
    ],
)
def test_errors_of_public_services_tell_little(
    scan: Callable[[dict[str, str]], Report], address: str, severity: Severity
) -> None:
    assert told(scan, address).severity is severity


def test_of_several_the_answer_of_any_error_and_the_gravest_tool_is_shown(
    scan: Callable[[dict[str, str]], Report],
) -> None:
    found = told(scan, '"https://weather.internal/"', ERASING)

    assert (found.location.line, len(found.tools)) == (SERVER.count("\n", 0, SERVER.index("MORE")) + 7, 2)


READING = """
import json
import httpx
from fastmcp import FastMCP

mcp = FastMCP("orders")

@mcp.tool
def create(orders: str) -> str:
    try:
        READS
        if not isinstance(found, list):
            raise ValueError("orders must be a list")
    except json.JSONDecodeError:
        raise ValueError("orders is no JSON")
    except Exception as error:
        raise ValueError(f"Invalid orders: {error}")
    return httpx.post("https://orders.internal/", json=found).text

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("reads", "count"),
    [
        ("found = json.loads(orders)", 0),
        ('found = httpx.get("https://orders.internal/", params={"o": orders}).json()', 1),
    ],
)
def test_words_of_the_program_about_an_argument_are_no_internal_error(
    scan: Callable[[dict[str, str]], Report], reads: str, count: int
) -> None:
    report = scan({"server.py": READING.replace("READS", reads)})
    assert sum(item.rule == "internal-error-to-model" for item in report.findings) == count
