"""Functions that call themselves or do much are followed to the end, and rounds that would go to and fro agree."""

from analyzers import analyze
from analyzers.finding import ToolRow
from tests.analyzers.programs import tree_of

RECURSIVE = """
from datetime import datetime, timezone

from fastmcp import FastMCP

mcp = FastMCP("calendar")


def naive(expiry):
    if expiry is None:
        return None
    if isinstance(expiry, datetime):
        if expiry.tzinfo is not None:
            try:
                return expiry.astimezone(timezone.utc).replace(tzinfo=None)
            except Exception:
                return expiry.replace(tzinfo=None)
        return expiry
    if isinstance(expiry, str):
        try:
            parsed = datetime.fromisoformat(expiry.replace("Z", "+00:00"))
        except ValueError:
            return None
        return naive(parsed)
    return None


@mcp.tool
def show(expiry: str) -> str:
    return str(naive(expiry))


mcp.run(transport="http")
"""

BUSY = """
import httpx
from fastmcp import FastMCP

mcp = FastMCP("orders")


def ask(path: str) -> str:
    {calls}
    return "ok"


@mcp.tool
def run(path: str, deep: bool) -> str:
    if deep:
        ask(path)
    if path:
        ask(path)
    return ask(path)


mcp.run(transport="http")
"""


def row_of(text: str) -> ToolRow:
    (row,) = analyze(tree_of({"server.py": text})).tools
    return row


def busy(calls: int, address: str = "https://a{}.example/") -> str:
    return BUSY.format(calls="\n    ".join(f'httpx.get("{address.format(number)}")' for number in range(calls)))


def test_a_function_that_calls_itself_comes_to_an_end() -> None:
    assert row_of(RECURSIVE).unresolved == ()


def test_what_is_done_on_several_ways_counts_once() -> None:
    assert row_of(busy(100)).unresolved == ()


def test_more_than_is_followed_is_told() -> None:
    assert row_of(busy(200)).unresolved == ("it does more than the analysis follows",)


def test_what_says_the_same_counts_once_where_there_is_too_much() -> None:
    row = row_of(busy(200, "https://a.example/{}"))

    assert (row.unresolved, row.network) == ((), ("a.example",))
