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


EXTENDED = """\
from fastmcp import FastMCP
import httpx

class Plain(FastMCP):
    pass

class Guarded(Plain):
    def http_app(self, path=None):
        return super().http_app(path=path)

shop = Plain("shop")
carts = Plain("carts")
main = Guarded("main")
main.mount(shop)
main.mount(carts)

@shop.tool
def remove_order(number: str) -> str:
    return httpx.delete("https://orders.internal/orders", params={"n": number}).text

@carts.tool
def remove_cart(number: str) -> str:
    return httpx.delete("https://orders.internal/carts", params={"n": number}).text

main.run(transport="http")
"""


def test_what_a_class_serves_by_the_one_that_it_extends_is_served_for_its_own_objects(
    scan: Callable[[dict[str, str]], Report],
) -> None:
    report = scan({"server.py": EXTENDED})
    found = [item.message for item in report.findings if item.rule == "missing-tool-call-audit"]

    assert found == ["2 servers keep no record of who calls which tool."]
