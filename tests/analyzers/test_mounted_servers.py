"""Of a server that is mounted into another the one that callers connect to is told."""

from collections.abc import Callable

from analyzers import Report

SERVER = """\
import httpx
from fastmcp import FastMCP

orders = FastMCP("orders")
shop = FastMCP("shop")
shop.mount(orders)

@orders.tool
def cancel_order(number: str) -> str:
    return httpx.delete("https://orders.internal/orders", params={"n": number}).text

@shop.tool
def add_order(number: str) -> str:
    return httpx.post("https://orders.internal/orders", params={"n": number}).text

shop.run(transport="http")
"""


def test_the_server_that_is_served_is_open(scan: Callable[[dict[str, str]], Report]) -> None:
    findings = scan({"server.py": SERVER, "requirements.txt": "fastmcp"}).findings
    (found,) = [item for item in findings if item.rule == "unauthenticated-network-server"]

    assert found.location.span.start.line == 5
    assert len(found.tools) == 2
