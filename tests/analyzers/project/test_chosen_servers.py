"""Servers of one of several classes, and servers whose way to register is handed on."""

from collections.abc import Callable

from analyzers import Report

CHOSEN = """
import os
from mcp.server.fastmcp import FastMCP

class Plain(FastMCP):
    pass

def read(name: str) -> str:
    return open(name).read()

def register(mcp):
    mcp.add_tool(read)

def main() -> None:
    made = Plain if os.getenv("PLAIN") else FastMCP
    server = made("files", host="0.0.0.0") if os.getenv("HTTP") else made("files")
    register(server)
    server.run(transport="streamable-http")

main()
"""
HANDED = """
from mcp.server.fastmcp import FastMCP
from shop import modules

def register(mcp):
    for module in modules.listed():
        module.register(mcp.add_tool)

server = FastMCP("shop")

@server.custom_route("/health", methods=["GET"])
async def health(request):
    return "ok"

register(server)
server.run(transport="streamable-http")
"""
PLAIN = """
from mcp.server.fastmcp import FastMCP

server = FastMCP("shop")

@server.custom_route("/health", methods=["GET"])
async def health(request):
    return "ok"

server.run(transport="streamable-http")
"""


def tools_of(report: Report) -> list[tuple[str, str, str]]:
    """Return name, kind and transport of what a report knows."""
    return sorted((row.name, row.kind, row.transport) for row in report.tools)


def test_a_server_of_one_of_two_classes_is_found(scan: Callable[[dict[str, str]], Report]) -> None:
    report = scan({"server.py": CHOSEN})

    assert tools_of(report) == [("read", "tool", "http")]
    assert "unauthenticated-network-server" in {finding.rule for finding in report.findings}


def test_a_server_whose_way_to_register_is_handed_on_may_have_tools(scan: Callable[[dict[str, str]], Report]) -> None:
    assert tools_of(scan({"server.py": HANDED})) == [("/health", "route", "http"), ("?", "tool", "http")]


def test_a_server_with_a_route_alone_has_no_tools(scan: Callable[[dict[str, str]], Report]) -> None:
    assert tools_of(scan({"server.py": PLAIN})) == [("/health", "route", "http")]
