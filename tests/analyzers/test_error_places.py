"""Where an answer with the text of an error is reported: where the text leaves the function that caught the error."""

from collections.abc import Callable

import pytest

from analyzers import Report, analyze
from tests.analyzers.programs import tree_of

HEAD = """\
import json
import logging
import httpx
from fastmcp import FastMCP

mcp = FastMCP("orders")

def packed(answer: dict) -> str:
    return json.dumps(answer, default=str)

def refused(error: Exception) -> dict:
    return {"error": str(error)}  # helper

def read(path: str) -> dict:
    try:
        return httpx.get(f"https://orders.internal/{path}").json()
    except Exception as error:
        return {"error": str(error)}  # reader

"""
TOOL = """\
@mcp.tool
def get_order(number: str) -> str:
    try:
        return httpx.get("https://orders.internal/orders", params={"n": number}).text
    except Exception as error:
        return ANSWER  # tool

"""
COLLECTED = """\
class Result:
    def __init__(self, text: str) -> None:
        self.text = text

    def told(self) -> dict:
        return {"error": self.text}

def examined(number: str) -> Result:
    result = Result("")
    try:
        httpx.get("https://orders.internal/orders", params={"n": number})
    except Exception as error:
        logging.error("failed: %s", error)
        result = Result(f"no order: {error}")  # collector
    return result

@mcp.tool
def check_order(number: str) -> str:
    result = examined(number)
    return packed(result.told())

"""
PASSED = """\
@mcp.tool
def get_place(number: str) -> str:
    found = read("places")
    return packed(found)

"""
CUT = """\
def cut(answer: dict) -> dict:
    if "text" not in answer:
        return answer
    return {**answer, "text": answer["text"][:100]}

@mcp.tool
def get_page(number: str) -> dict:
    found = read("pages")
    if len(number) > 8:
        found = read("old")
    return cut(found)

"""
READER = """\
@mcp.tool
def get_name(number: str) -> dict:
    return read("names")

@mcp.tool
def get_total(number: str) -> dict:
    found = read("totals")
    return {"found": found}

"""
NOTED = COLLECTED.replace(
    "        logging.error",
    """\
        span.set_status("error", str(error))
        note(span, str(error))
        begun_span = tracer.start("orders")
        note(begun_span, str(error))
        logging.error""",
).replace("def examined", "def note(span, text: str) -> None:\n    span.add_event(text)\n\ndef examined")
RAISED = """\
class OrderError(Exception):
    pass

class Orders:
    last = ""

    def find(self, number: str) -> str:
        try:
            return httpx.get("https://orders.internal/orders", params={"n": number}).text
        except Exception as error:
            self.last = str(error)
            raise OrderError(f"no order: {error}")  # raised

@mcp.tool
def find_order(number: str) -> str:
    orders = Orders()
    try:
        return orders.find(number)
    except OrderError as error:
        return packed({"error": str(error), "last": orders.last})

"""
RUN = 'mcp.run(transport="http")\n'
CASES = [
    pytest.param(READER, "reader", id="what several tools read by one function"),
    pytest.param(PASSED, "reader", id="what one function answered is packed"),
    pytest.param(CUT, "reader", id="what one function answered is cut"),
    pytest.param(COLLECTED, "collector", id="an object of the program holds the text"),
    pytest.param(NOTED, "collector", id="what a span is told is no answer"),
    pytest.param(RAISED, "raised", id="an error is raised with the text of another"),
    pytest.param(TOOL.replace("ANSWER", 'packed({"error": str(error)})'), "tool", id="a helper packs the answer"),
    pytest.param(TOOL.replace("ANSWER", 'packed(f"no order: {error}")'), "tool", id="a helper packs a text"),
    pytest.param(TOOL.replace("ANSWER", "refused(error)"), "helper", id="a helper words the error"),
    pytest.param(TOOL.replace("ANSWER", "packed(refused(error))"), "tool", id="what a helper worded is packed"),
]


@pytest.mark.parametrize(("tools", "place"), CASES)
def test_the_text_of_an_error_has_one_place(scan: Callable[[dict[str, str]], Report], tools: str, place: str) -> None:
    program = HEAD + tools + RUN
    report = scan({"server.py": program, "requirements.txt": "fastmcp"})
    (found,) = [item for item in report.findings if item.rule == "internal-error-to-model"]

    assert program.splitlines()[found.location.span.start.line - 1].endswith(f"# {place}")
    assert len(found.tools) == tools.count("@mcp.tool")


THREADS = """
import asyncio
import httpx
from fastmcp import FastMCP

mcp = FastMCP("orders")


async def in_thread(work, *given):
    return await asyncio.to_thread(work, *given)


async def timed(work):
    answer, left = await in_thread(work)
    return answer


@mcp.tool
async def count() -> str:
    def run():
        return httpx.get("https://orders.internal/count").text

    return await in_thread(run)


@mcp.tool
async def read(number: str) -> str:
    def run():
        try:
            return httpx.get("https://orders.internal/", params={"n": number}).text
        except httpx.HTTPError as error:
            return str(error)

    return await in_thread(run)


@mcp.tool
async def first(number: str) -> str:
    def run():
        try:
            return httpx.get("https://orders.internal/", params={"n": number}).text, ""
        except httpx.HTTPError as error:
            return "", str(error)

    return await timed(run)


@mcp.tool
async def last(number: str) -> str:
    def run():
        try:
            return httpx.get("https://orders.internal/", params={"n": number}).text, ""
        except httpx.HTTPError as error:
            return str(error), ""

    return await timed(run)


mcp.run(transport="http")
"""


def test_what_a_helper_runs_for_one_tool_is_no_answer_of_another() -> None:
    found = [
        item for item in analyze(tree_of({"server.py": THREADS})).findings if item.rule == "internal-error-to-model"
    ]

    assert sorted(name for item in found for name in item.tools) == ["server:mcp:last", "server:mcp:read"]


OWN = """
import sqlite3
from fastmcp import FastMCP

mcp = FastMCP("orders")


class QueryError(Exception):
    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


def rows(name: str) -> list:
    if not name:
        raise QueryError("name an order")
    try:
        return sqlite3.connect("orders.db").execute("SELECT * FROM orders WHERE name = ?", (name,)).fetchall()
    except Exception as error:
        raise QueryError({reason}) from error


@mcp.tool
def find(name: str) -> str:
    try:
        return str(rows(name))
    except QueryError as error:
        return error.reason


mcp.run(transport="http")
"""


@pytest.mark.parametrize(("reason", "told"), [('f"failed: {error}"', 1), ('"failed"', 0), ('f"no {name}"', 0)])
def test_an_error_of_the_programs_own_may_hold_the_text_of_another(reason: str, told: int) -> None:
    report = analyze(tree_of({"server.py": OWN.replace("{reason}", reason)}))
    found = [item for item in report.findings if item.rule == "internal-error-to-model"]

    assert len(found) == told
    assert all("raise QueryError" in OWN.splitlines()[item.location.line - 1] for item in found)
