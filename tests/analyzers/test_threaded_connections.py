"""Connections that a thread makes, of libraries and of functions of the program, kept in the lifespan of a server."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
import asyncio
from contextlib import asynccontextmanager

import pyodbc
from fastmcp import Context, FastMCP

def opened():
    return pyodbc.connect("DSN=shop")

@asynccontextmanager
async def lifespan(server):
    loop = asyncio.get_running_loop()
    yield {"connection": await MADE}

mcp = FastMCP("shop", lifespan=lifespan)

@mcp.tool
def update_orders(ctx: Context, statement: str) -> str:
    cursor = ctx.request_context.lifespan_context["connection"].cursor()
    cursor.execute(statement)
    return "done"

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    "made",
    [
        'loop.run_in_executor(None, pyodbc.connect, "DSN=shop")',
        "loop.run_in_executor(None, opened)",
        "asyncio.to_thread(lambda: opened())",
    ],
)
def test_connection_is_that_of_the_library_which_a_thread_is_handed(
    scan: Callable[[dict[str, str]], Report], made: str
) -> None:
    report = scan({"server.py": SERVER.replace("MADE", made)})

    assert [row.capabilities for row in report.tools] == [("exec",)]
    assert "unbounded-capability-tool" in {finding.rule for finding in report.findings}
