"""What an object is given from outside is what its attribute is, wherever it is used."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

PROGRAM = """
import argparse
import functools
import os
import threading
from contextvars import ContextVar
from types import SimpleNamespace

import httpx
from fastapi import FastAPI
from fastmcp import FastMCP
from fastmcp.server.dependencies import get_http_request

mcp = FastMCP("shop")
app = FastAPI()
local = threading.local()
state = SimpleNamespace()
other = SimpleNamespace(client=httpx.Client(base_url="https://other.example.com"))
options = argparse.Namespace(client=httpx.Client(base_url="https://options.example.com"))
shared = None


class State:
    client = None


own = State()


def kept():
    if not hasattr(kept, "client"):
        kept.client = httpx.Client(base_url="https://kept.example.com")
    return kept.client


def named():
    return globals()["shared"]


class Lazy:
    def __init__(self):
        self._client = None

    def __getattr__(self, name):
        if self._client is None:
            self._client = httpx.Client(base_url="https://lazy.example.com")
        return getattr(self._client, name)


lazy = Lazy()
current = ContextVar("current")


def injected(function):
    @functools.wraps(function)
    def run(*args, **kwargs):
        with httpx.Client() as client:
            return function(client, *args, **kwargs)

    return run


@injected
def drop(client, order):
    client.delete("https://drop.example.com/" + order)


def start():
    global shared
    current.set(httpx.Client(base_url="https://current.example.com"))
    token = os.environ["SHOP_TOKEN"]
    state.client = httpx.Client(base_url="https://state.example.com", headers={"Authorization": f"Bearer {token}"})
    local.client = httpx.Client(base_url="https://local.example.com")
    own.client = httpx.Client(base_url="https://own.example.com")
    app.state.client = httpx.Client(base_url="https://app.example.com")
    shared = httpx.Client(base_url="https://shared.example.com")


@mcp.tool
def act(order: str) -> None:
    {client}.delete("/orders/1")


start()
mcp.run(transport="http")
"""

HELD = {
    "state.client": "state.example.com",
    "other.client": "other.example.com",
    "options.client": "options.example.com",
    "local.client": "local.example.com",
    "own.client": "own.example.com",
    "app.state.client": "app.example.com",
    "get_http_request().app.state.client": "app.example.com",
}


def row_of(client: str) -> tuple[list[str], list[str], list[str]]:
    (row,) = analyze(tree_of({"server.py": PROGRAM.replace("{client}", client)})).tools
    return list(row.capabilities), list(row.network), list(row.credentials)


@pytest.mark.parametrize("client", HELD)
def test_a_client_is_known_where_it_is_held(client: str) -> None:
    capabilities, network, credentials = row_of(client)
    assert capabilities == ["destroy"]
    assert network == [HELD[client]]
    assert (credentials != []) == (client == "state.client")


@pytest.mark.parametrize(
    "client",
    [
        *("kept()", "named()", 'globals()["shared"]', "lazy", "current.get()"),
        *('getattr(local, "client", None)', 'getattr(app.state, "client")'),
    ],
)
def test_a_client_is_known_that_a_function_keeps(client: str) -> None:
    assert row_of(client)[0] == ["destroy"]


@pytest.mark.parametrize("client", ["state.queue", "local.queue", "app.state.queue"])
def test_nothing_is_made_up_of_what_nobody_sets(client: str) -> None:
    assert row_of(client)[1:] == ([], [])


def test_a_decorator_gives_what_it_puts_in_front() -> None:
    program = PROGRAM.replace('{client}.delete("/orders/1")', "drop(order)")
    (row,) = analyze(tree_of({"server.py": program})).tools
    assert row.capabilities == ("destroy",)
    assert row.network == ("drop.example.com",)


ROUTE = """
import httpx
from fastmcp import FastMCP
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse

mcp = FastMCP("shop")


class Order(BaseModel):
    app: str


@mcp.custom_route("/ready", methods=["GET"])
async def ready(request{annotation}):
    async with httpx.AsyncClient() as client:
        answer = await client.get({address})
    return JSONResponse({"ok": answer.status_code})


@mcp.tool
async def place(order: Order):
    async with httpx.AsyncClient() as client:
        await client.post(order.app)


app = mcp.http_app()
app.state.service = "https://stock.example.com/"
mcp.run(transport="http", host="0.0.0.0")
"""


def chosen_hosts(address: str, annotation: str) -> set[str]:
    program = ROUTE.replace("{address}", address).replace("{annotation}", annotation)
    findings = analyze(tree_of({"server.py": program})).findings
    return {tool for found in findings if found.rule == "ssrf-model-controlled-host" for tool in found.tools}


@pytest.mark.parametrize("annotation", ["", ": Request"])
@pytest.mark.parametrize("address", ["request.app.state.service", 'f"{request.app.state.settings.service}/health"'])
def test_no_caller_chooses_what_the_application_of_a_request_keeps(address: str, annotation: str) -> None:
    assert chosen_hosts(address, annotation) == {"server:mcp:place"}


@pytest.mark.parametrize(
    "address", ['request.query_params["at"]', "request.state.service", 'request.path_params["at"]']
)
def test_a_caller_chooses_what_the_request_itself_holds(address: str) -> None:
    assert chosen_hosts(address, ": Request") == {"server:mcp:place", "server:mcp:/ready"}
