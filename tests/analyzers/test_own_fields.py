"""What objects that tools make of their arguments do with them in their methods."""

from collections.abc import Callable

import pytest

from analyzers import Report
from tests.analyzers.programs import Files

Scan = Callable[[Files], Report]

CLIENT = """
import os
import sqlite3
import subprocess
from dataclasses import dataclass

import httpx
from fastmcp import FastMCP

mcp = FastMCP("shop")


class Client:
    def __init__(self, base, key=None):
        self.base = BASE
        self.key = key

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        pass

    @property
    def address(self):
        return self.base

    def get(self, path):
        return self.send(path)

    def send(self, path):
        return httpx.get(ASKED + path).text

    def status(self):
        return self.get("/status")


@dataclass
class Job:
    command: str

    def run(self):
        return subprocess.run(self.command, shell=True, capture_output=True, text=True).stdout


class Table:
    def __init__(self, name):
        self.name = name

    def rows(self):
        return sqlite3.connect("shop.db").execute(f"SELECT * FROM {self.name}").fetchall()


def client_of(base):
    return Client(base)


def ask(client):
    return client.status()


SHOP = client_of(os.environ["SHOP_URL"])
SHOPS = {"one": SHOP}


def shop_of(name):
    return SHOPS.get(name)


@mcp.tool
async def go(given: str) -> str:
    BODY


mcp.run("http")
"""
CHECK = """if given not in ('https://a.example', 'https://b.example'):
        raise ValueError(given)"""
RULES = {"ssrf-model-controlled-host", "unbounded-capability-tool", "query-injection"}


def told(scan: Scan, body: str, *, base: str = "base", asked: str = "self.base") -> set[str]:
    text = CLIENT.replace("BODY", body).replace("BASE", base).replace("ASKED", asked)
    return {finding.rule for finding in scan({"server.py": text}).findings} & RULES


@pytest.mark.parametrize(
    "body",
    [
        "return Client(given).status()",
        "client = Client(base=given)\n    return client.get('/status')",
        "async with Client(given) as client:\n        return client.status()",
        "return client_of(given).status()",
        "return ask(Client(given))",
    ],
)
@pytest.mark.parametrize("asked", ["self.base", "self.address"])
def test_a_host_that_an_object_is_made_with_is_told(scan: Scan, body: str, asked: str) -> None:
    assert told(scan, body, asked=asked) == {"ssrf-model-controlled-host"}


@pytest.mark.parametrize(
    ("body", "base"),
    [
        ("return SHOP.status()", "base"),
        ("return SHOP.get('/' + given[:1])", "base"),
        ("return Client('https://shop.example').get('/status')", "base"),
        ("return Client('https://shop.example', given).status()", "base"),
        ("return Client(given).status()", 'f"https://shop.example/{base}"'),
        ("return ask(Client(given))", 'f"https://shop.example/{base}"'),
        ("return client_of(given).status()", 'f"https://shop.example/{base}"'),
        ("return shop_of(given).status()", "base"),
        ("return str(Client(given).key)", "base"),
        (f"{CHECK}\n    return Client(given).status()", "base"),
    ],
)
def test_other_objects_ask_where_they_were_told_to(scan: Scan, body: str, base: str) -> None:
    assert told(scan, body, base=base) == set()


def test_what_runs_by_an_object_is_told(scan: Scan) -> None:
    assert told(scan, "return Job(given).run()") == {"unbounded-capability-tool"}
    assert told(scan, "return Job(command=given).run()") == {"unbounded-capability-tool"}
    assert told(scan, "return Job('uptime').run() + given") == set()


def test_a_part_of_a_statement_that_an_object_keeps_is_told(scan: Scan) -> None:
    assert told(scan, "return Table(given).rows()") == {"query-injection"}
    assert told(scan, "return Table('orders').rows()") == set()


DISPATCHED = """
from mcp import types
from mcp.server import Server

server = Server("shop")
SHOP = Client(os.environ["SHOP_URL"])


async def handle(client: Client, name: str, arguments: dict):
    if name == "status":
        return client.status()
    if name == "other":
        return Client(arguments["base"]).status()
    raise ValueError(name)


@server.list_tools()
async def list_tools():
    return [types.Tool(name=name, inputSchema={}) for name in ("status", "other")]


@server.call_tool()
async def call_tool(name: str, arguments: dict):
    return await handle(SHOP, name, arguments)
"""


def test_an_object_that_a_dispatcher_is_given_is_the_programs(scan: Scan) -> None:
    text = CLIENT.replace("BODY", "return given").replace("BASE", "base").replace("ASKED", "self.base") + DISPATCHED
    found = [item for item in scan({"server.py": text}).findings if item.rule == "ssrf-model-controlled-host"]

    assert [[tool.rpartition(":")[2] for tool in item.tools] for item in found] == [["other"]]


CHECKED = """
from pydantic import BaseModel, model_validator


class Asked(BaseModel):
    url: str

    @model_validator(mode="after")
    def whole(self):
        return self

    def fetch(self):
        return httpx.get(self.url).text


@mcp.tool
async def fetch(asked: Asked) -> str:
    return FETCHED
"""


@pytest.mark.parametrize("fetched", ["httpx.get(asked.url).text", "asked.fetch()"])
def test_a_record_that_checks_itself_is_what_callers_send(scan: Scan, fetched: str) -> None:
    text = CLIENT.replace("BODY", "return given").replace("BASE", "base").replace("ASKED", "self.base")
    served = text.replace('mcp.run("http")', CHECKED.replace("FETCHED", fetched) + '\n\nmcp.run("http")')
    found = [item for item in scan({"server.py": served}).findings if item.rule == "ssrf-model-controlled-host"]

    assert [[tool.rpartition(":")[2] for tool in item.tools] for item in found] == [["fetch"]]


KEEPING = """
import os

import httpx
from fastmcp import FastMCP

mcp = FastMCP("shop")


class Client:
    def __init__(self, base, key=None):
        self.http = httpx.AsyncClient(base_url=base)

    async def status(self, number):
        return await self.http.get(f"/status/{number}")


def client_of(base):
    return Client(base)


SHOP = client_of(os.environ["SHOP_URL"])


@mcp.tool
async def go(given: str) -> str:
    return await MADE.status(given)


mcp.run("http")
"""


@pytest.mark.parametrize(
    ("made", "hosts", "is_told"),
    [
        ("Client(given)", {"any host"}, True),
        ("Client(key='a', base=given)", {"any host"}, True),
        ("Client('https://shop.example', given)", {"shop.example"}, False),
        ("Client(f'https://shop.example/{given}')", {"shop.example"}, False),
        ("SHOP", {"SHOP_URL"}, False),
    ],
)
def test_a_client_that_an_object_keeps_asks_where_that_was_told_to(
    scan: Scan, made: str, hosts: set[str], *, is_told: bool
) -> None:
    report = scan({"server.py": KEEPING.replace("MADE", made)})

    assert {host for row in report.tools for host in row.network} == hosts
    assert any(item.rule == "ssrf-model-controlled-host" for item in report.findings) is is_told


LOOPED = """base
        for word in key or "":
            while word:
                base = base or word
                word = base
        self.base = base"""


def test_what_loops_make_of_what_is_given_has_an_end(scan: Scan) -> None:
    text = CLIENT.replace("BODY", "return Client(given, given).status()").replace("BASE", LOOPED)
    report = scan({"server.py": text.replace("ASKED", "self.base")})

    assert report.failures == ()
    assert [row.unresolved for row in report.tools] == [()]
