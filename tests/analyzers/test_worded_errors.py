"""Which error an answer is said to hold: the one that is caught for it, and none that the program words itself."""

from collections.abc import Callable

import pytest

from analyzers import Report

NEAREST = """
import httpx
from fastmcp import FastMCP

mcp = FastMCP("orders")

@mcp.tool
def status() -> dict:
    answer = {}
    try:
        try:
            answer["up"] = httpx.get("https://orders.internal/health").text
        except Exception as error:
            answer["error"] = str(error)
        answer["orders"] = httpx.get("https://orders.internal/orders").text
    except Exception as error:
        answer = {"failed": str(error)}
    return answer

mcp.run(transport="http")
"""
OWN = """
import httpx
from fastmcp import FastMCP

mcp = FastMCP("orders")
shops = {}

def shop(name):
    found = shops.get(name)
    if found is None:
        RAISED
    return found

@mcp.tool
def order(name: str) -> str:
    try:
        address = shop(name)
    except RuntimeError as error:
        return f"ERROR: {error}"
    return httpx.get(address).text

mcp.run(transport="http")
"""
RULE = "internal-error-to-model"


def test_an_answer_holds_the_error_that_is_caught_for_it(scan: Callable[[dict[str, str]], Report]) -> None:
    (found,) = [finding for finding in scan({"server.py": NEAREST}).findings if finding.rule == RULE]

    assert [step.line for step in found.evidence] == [16, 18]


@pytest.mark.parametrize(
    ("raised", "found"),
    [
        pytest.param('raise RuntimeError(f"no shop {name}, there are {len(shops)}")', False, id="its own words"),
        pytest.param("found = httpx.get(name).text", True, id="nothing of its own"),
        pytest.param("raise RuntimeError(httpx.get(name).text)", True, id="what another said"),
        pytest.param(
            "try:\n            found = open(name).read()\n        except OSError as error:\n"
            "            raise RuntimeError(f'failed: {error}')",
            True,
            id="the words of another error",
        ),
    ],
)
def test_what_a_program_raises_in_its_own_words_is_meant_for_callers(
    scan: Callable[[dict[str, str]], Report], raised: str, found: bool
) -> None:
    report = scan({"server.py": OWN.replace("RAISED", raised)})

    assert (RULE in {finding.rule for finding in report.findings}) is found
