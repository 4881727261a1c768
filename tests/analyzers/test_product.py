"""What tests do to a server says nothing of the server that is shipped."""

from collections.abc import Callable

from analyzers import Report

SERVER = """
import httpx
from fastmcp import FastMCP

mcp = FastMCP("shop")

@mcp.tool
def refund(order: str) -> str:
    return httpx.post("https://payments.internal/refunds", json={"order": order}).text

def main() -> None:
    mcp.run(transport="http")
"""
TESTED = """
from starlette.middleware import Middleware
from starlette.applications import Starlette
from mcp.server.auth.middleware.bearer_auth import RequireAuthMiddleware
from shop.server import mcp
from fastmcp import FastMCP
import logging

class Recorder:
    async def on_call_tool(self, context, call_next):
        logging.info("%s %s", context.message.name, context.token.subject)
        return await call_next(context)

parent = FastMCP("parent", auth=verifier)
parent.mount(mcp)
mcp.add_middleware(Recorder())
app = Starlette(middleware=[Middleware(RequireAuthMiddleware)])
mcp.auth = verifier
mcp.run()
parent.run()
"""


def test_authentication_transports_and_hooks_of_tests_do_not_count(scan: Callable[[dict[str, str]], Report]) -> None:
    alone = scan({"shop/server.py": SERVER})
    tested = scan({"shop/server.py": SERVER, "tests/test_server.py": TESTED})

    assert tested.tools == alone.tools
    assert [finding.message for finding in tested.findings] == [finding.message for finding in alone.findings]
    assert {row.transport for row in tested.tools} == {"http"}


def test_a_package_that_is_put_aside_is_not_served(scan: Callable[[dict[str, str]], Report]) -> None:
    alone = scan({"shop/server.py": SERVER})
    beside = scan({"shop/server.py": SERVER, "shop.old/server.py": SERVER.replace('"shop"', '"old"')})

    assert beside.tools == alone.tools
    assert [finding.message for finding in beside.findings] == [finding.message for finding in alone.findings]
