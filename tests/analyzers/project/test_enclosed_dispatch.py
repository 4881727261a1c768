"""Names that are told apart behind a function which is defined and called in the handler of a low-level server."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
import asyncio
import subprocess
from mcp.server.lowlevel import Server

server = Server("jobs")

@server.call_tool()
async def call_tool(name, arguments):
    gate = asyncio.Semaphore(2)

    async def guarded():
        async with gate:
            return await asyncio.wait_for(dispatch({given}, arguments), timeout=3)

    return await {called}

async def dispatch(name, arguments):
    if name == "count":
        return subprocess.run(f"wc -l {{arguments['path']}}", shell=True)
    elif name == "ping":
        return "pong"
"""


@pytest.mark.parametrize(
    ("given", "called", "names"),
    [
        ("name", "guarded()", {"count", "ping"}),
        ("name", "asyncio.wait_for(guarded(), timeout=9)", {"count", "ping"}),
        ("arguments['of']", "guarded()", {"?"}),
        ("name", "dispatch('ping', arguments)", {"?"}),
    ],
)
def test_a_name_is_known_in_what_is_defined_where_it_is_known(
    scan: Callable[[dict[str, str]], Report], given: str, called: str, names: set[str]
) -> None:
    report = scan({"server.py": SERVER.format(given=given, called=called)})

    assert {tool.name for tool in report.tools} == names


def test_what_a_name_leads_to_there_is_what_its_caller_writes(scan: Callable[[dict[str, str]], Report]) -> None:
    report = scan({"server.py": SERVER.format(given="name", called="guarded()")})

    (found,) = (item for item in report.findings if item.rule == "command-injection")
    assert found.message.startswith("`count` gives `path` to a shell")
