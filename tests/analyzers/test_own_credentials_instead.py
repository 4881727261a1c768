"""A change by which a server sends its own credential in place of its callers' is told of where it does."""

import textwrap

from analyzers import analyze
from tests.analyzers.matrix.cells import change
from tests.analyzers.programs import tree_of

SENDING = """
import os
import httpx
from fastmcp.server.dependencies import get_http_request


async def send(path: str) -> str:
    token = get_http_request().headers["X-Orders-Token"]
    async with httpx.AsyncClient() as client:
        answer = await client.get("https://orders.internal" + path, headers={"Authorization": f"Bearer {token}"})
        return answer.text
"""
HEAD = """
from fastmcp import FastMCP
from sending import send

mcp = FastMCP("orders")
"""
TOOLS = """

@mcp.tool
async def list_orders() -> str:
    return await send("/orders")


@mcp.tool
async def list_refunds() -> str:
    return await send("/refunds")
"""
RUN = '\n\nmcp.run(transport="http", host="0.0.0.0")\n'
ELSEWHERE = f"\nfrom sending import send\n\n\ndef register(mcp):{textwrap.indent(TOOLS, '    ')}"
OWN = SENDING.replace('get_http_request().headers["X-Orders-Token"]', 'os.environ["ORDERS_TOKEN"]')


def test_tools_that_are_registered_elsewhere_lost_what_the_sending_function_no_longer_takes() -> None:
    before = {"server.py": HEAD + TOOLS + RUN, "sending.py": SENDING}
    served = HEAD.replace("from sending import send", "from tools import register") + "\nregister(mcp)" + RUN
    after = {"server.py": served, "tools.py": ELSEWHERE, "sending.py": OWN}
    report = analyze(tree_of(after), tree_of(before), change(before, after))
    (found,) = (finding for finding in report.findings if finding.rule == "authorization-removed-in-change")

    assert [tool.rpartition(":")[2] for tool in found.tools] == ["list_orders", "list_refunds"]
    assert found.location.path == "sending.py"
    causes = (item.cause for item in report.authority_diff or () if item.column == "authorization")
    assert {cause.path for cause in causes if cause is not None} == {"sending.py"}
