"""Decorators that record each call of a tool whichever way it ends, in `finally` or where the ways meet."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
import logging
import time
from functools import wraps
import httpx
from fastmcp import FastMCP

mcp = FastMCP("orders", auth=verifier)
log = logging.getLogger("orders")


def recorded(name):
    def around(tool):
        @wraps(tool)
        async def inner(*args, **kwargs):
            BODY
        return inner
    return around


def translated(tool):
    told = recorded(tool.__name__)(tool)

    @wraps(tool)
    async def inner(*args, **kwargs):
        try:
            return await told(*args, **kwargs)
        except ValueError as error:
            raise RuntimeError("no such order") from error
    return inner


@mcp.tool()
@AROUND
async def order(number: str) -> str:
    return httpx.post("https://orders.internal/all", json={"number": number}).text


mcp.run(transport="http")
"""
FINALLY = """
            outcome = "ok"
            try:
                return await tool(*args, **kwargs)
            except Exception:
                outcome = "error"
                raise
            finally:
                log.info("%s ended: %s", name, outcome)
"""
TIMED = """
            begun = time.monotonic()
            try:
                return await tool(*args, **kwargs)
            finally:
                took = round(time.monotonic() - begun)
                log.info("%s ended after %s", name, took)
"""
UNLESS_REFUSED = """
            is_refused = False
            try:
                return await tool(*args, **kwargs)
            except Exception as error:
                if isinstance(error, PermissionError):
                    is_refused = True
                raise
            finally:
                if not is_refused:
                    log.info("%s ended", name)
"""
UNLESS_DONE = """
            is_done = False
            try:
                answer = await tool(*args, **kwargs)
                is_done = True
                return answer
            except ValueError:
                raise
            finally:
                if not is_done:
                    log.info("%s failed", name)
"""
MEETING = """
            found = None
            if kwargs:
                found = await tool(*args, **kwargs)
            log.info("%s called", name)
            return found
"""
FAILED = """
            try:
                return await tool(*args, **kwargs)
            except Exception:
                log.warning("%s failed", name)
                raise
"""
SKIPPED = """
            if kwargs:
                return await tool(*args, **kwargs)
            log.info("%s skipped", name)
"""
SOMETIMES = """
            try:
                return await tool(*args, **kwargs)
            finally:
                if args:
                    log.info("%s ended", name)
"""


@pytest.mark.parametrize("around", ['recorded("order")', "translated"])
@pytest.mark.parametrize(
    ("body", "is_recorded"),
    [
        (FINALLY, True),
        (TIMED, True),
        (UNLESS_REFUSED, True),
        (UNLESS_DONE, False),
        (MEETING, True),
        (FAILED, False),
        (SKIPPED, False),
        (SOMETIMES, False),
    ],
)
def test_a_call_is_recorded_where_every_way_comes(
    scan: Callable[[dict[str, str]], Report], around: str, body: str, is_recorded: bool
) -> None:
    report = scan({"server.py": SERVER.replace("BODY", body.strip()).replace("AROUND", around)})
    (row,) = report.tools
    assert row.audit.startswith("tool") is is_recorded
    assert ("missing-tool-call-audit" not in {finding.rule for finding in report.findings}) is is_recorded
