"""What stands behind parameters that promise a protocol or an abstract class, and lists of what fails a check."""

import pytest

from analyzers.rule import Example, py
from analyzers.rules.lateral_movement.ssrf_broken_guard import SsrfBrokenGuard
from analyzers.rules.least_privilege.query_injection import QueryInjection
from tests.analyzers.rules.test_rules import marked, of_rule, plain_files, report_on

PROTOCOL = py(
    """
    from fastmcp import FastMCP
    from promises import Pages
    from store import Store

    def serve(pages: Pages) -> FastMCP:
        mcp = FastMCP("shop")

        @mcp.tool
        def named(name: str) -> list:
            return pages.find(name)

        return mcp

    serve(Store("shop.db")).run(transport="http")
    """,
    promises="""
    from typing import Protocol

    class Pages(Protocol):
        def find(self, name: str) -> list: ...
    """,
    store="""
    import sqlite3

    class Store:
        def __init__(self, path: str) -> None:
            self.connection = sqlite3.connect(path)

        def find(self, name: str) -> list:
            return self.connection.execute(f"SELECT * FROM pages WHERE name = '{name}'").fetchall()  # finding
    """,
)
ABSTRACT = Example(
    {
        **PROTOCOL.files,
        "promises.py": """
from abc import ABC, abstractmethod

class Pages(ABC):
    @abstractmethod
    def find(self, name: str) -> list: ...
""",
        "store.py": PROTOCOL.files["store.py"]
        .replace("class Store:", "class Store(Pages):")
        .replace("import sqlite3", "import sqlite3\nfrom promises import Pages"),
    }
)


@pytest.mark.parametrize("example", [PROTOCOL, ABSTRACT], ids=["protocol", "abstract class"])
def test_what_calls_pass_does_what_a_promised_class_does_not(example: Example) -> None:
    found = of_rule(report_on(plain_files(example.files)), QueryInjection())

    assert {(item.location.side, item.location.path, item.location.line) for item in found} == marked(example)


EMPTY = py(
    """
    import re
    import sqlite3
    from fastmcp import FastMCP

    mcp = FastMCP("shop")
    db = sqlite3.connect("shop.db")
    PLAIN = re.compile(r"[A-Za-z_]+")

    def refuse(names: list[str]) -> None:
        if not names:
            return
        bad = [name for name in names if not PLAIN.fullmatch(name)]
        if bad:
            raise ValueError(bad)

    def refuse_some(names: list[str], strict: bool) -> None:
        bad = [name for name in names if strict and not PLAIN.fullmatch(name)]
        if bad:
            raise ValueError(bad)

    @mcp.tool
    def columns(names: list[str]) -> list:
        refuse(names)
        return db.execute(f"SELECT {','.join(names)} FROM people").fetchall()

    @mcp.tool
    def some(names: list[str], strict: bool) -> list:
        refuse_some(names, strict)
        return db.execute(f"SELECT {','.join(names)} FROM people").fetchall()  # finding

    mcp.run(transport="http")
    """,
)


def test_an_empty_list_of_what_fails_a_check_says_that_all_passed() -> None:
    found = of_rule(report_on(plain_files(EMPTY.files)), QueryInjection())

    assert {(item.location.side, item.location.path, item.location.line) for item in found} == marked(EMPTY)


NETWORKS = """
import ipaddress
import socket
from urllib.parse import urlparse
import httpx
from fastmcp import FastMCP

mcp = FastMCP("reader")
CLOSED = (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("127.0.0.0/8"))

class Refused(Exception):
    pass

def check(text: str) -> None:
    try:
        address = ipaddress.ip_address(text)
        for network in CLOSED:
            if address in network:
                raise Refused(text)
    except ValueError as error:
        {handled}

@mcp.tool
def read(url: str) -> str:
    for item in socket.getaddrinfo(urlparse(url).hostname, None):
        check(item[4][0])
    return httpx.get(url).text

mcp.run(transport="http")
"""


@pytest.mark.parametrize(("handled", "told"), [("raise Refused(text) from error", False), ("print(error)", True)])
def test_a_handler_that_always_raises_lets_no_address_past_a_loop_over_networks(handled: str, told: bool) -> None:
    report = report_on(plain_files({"server.py": NETWORKS.format(handled=handled)}))

    assert bool(of_rule(report, SsrfBrokenGuard())) is told
