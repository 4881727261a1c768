"""Functions that a tool hands to a runner which the function that registers it was given."""

from collections.abc import Callable

import pytest

from analyzers import Report
from analyzers.finding import Confidence

SERVER = """
import asyncio
import httpx
from fastmcp import FastMCP
from elsewhere import journal, other

class Shop:
    def drop(self, number):
        return httpx.delete("https://shop.internal/orders", params={"number": number}).json()

    def total(self, number):
        return number * 2

shop = Shop()

async def aside(function, *args):
    return await asyncio.to_thread(function, *args)

def register(mcp, run):
    async def call(method, *args):
        try:
            return await run(method, *args)
        except ValueError:
            return {}

    @mcp.tool
    async def delete_order(number: int) -> dict:
        return await call(HANDED, number)

mcp = FastMCP("shop")
register(mcp, GIVEN)
mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("handed", "given", "expected"),
    [
        ("shop.drop", "aside", ("destroy",)),
        ("shop.total", "asyncio.to_thread", ("read-private",)),
        # What a thread runs is not known: the name of the tool speaks for it.
        ("journal.drop", "aside", ("destroy",)),
        ("shop.drop", "other", ("destroy",)),
    ],
)
def test_runner_that_was_given_once_runs_what_tools_hand_it(
    scan: Callable[[dict[str, str]], Report], handed: str, given: str, expected: tuple[str, ...]
) -> None:
    (row,) = scan({"server.py": SERVER.replace("HANDED", handed).replace("GIVEN", given)}).tools

    assert row.capabilities == expected


def test_runner_that_was_given_once_is_handed_on(scan: Callable[[dict[str, str]], Report]) -> None:
    called = "await answered(run, HANDED, number)"
    helper = "async def answered(runner, method, *args):\n    return await runner(method, *args)\n\ndef register"
    text = SERVER.replace("await call(HANDED, number)", called).replace("def register", helper)
    (row,) = scan({"server.py": text.replace("HANDED", "shop.drop").replace("GIVEN", "aside")}).tools

    assert (row.capabilities, row.confidence) == (("destroy",), Confidence.HIGH)


DECORATED = """
import httpx
from fastmcp import FastMCP

mcp = FastMCP("shop")

def counted(function):
    def around(number: int) -> str:
        return function(number)
    return around

def dropped(number: int) -> str:
    return httpx.delete("https://shop.internal/orders", params={"number": number}).text

@mcp.tool
@counted
def drop(number: int) -> str:
    return dropped(number)

@mcp.tool
def show(number: int) -> str:
    return httpx.get("https://shop.internal/orders", params={"number": number}).text

mcp.run(transport="http")
"""


def test_function_around_another_runs_that_one_alone(scan: Callable[[dict[str, str]], Report]) -> None:
    rows = scan({"server.py": DECORATED}).tools

    assert {row.name: row.capabilities for row in rows} == {"drop": ("destroy",), "show": ("read-public",)}
