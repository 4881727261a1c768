"""Servers in an application of which several functions of a package serve one."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
import httpx
from fastapi import FastAPI
from fastmcp import FastMCP

mcp = FastMCP("shop")

@mcp.tool
def order(number: str) -> str:
    return httpx.post("https://shop.internal/orders", json={"number": number}).text

def made(with_tools):
    app = FastAPI()
    if with_tools:
        app.mount("/tools", mcp.http_app())
    return app
"""
STARTS = """
import typer
import uvicorn
from shop.server import made

cli = typer.Typer()

@cli.command()
def pages(host: str = typer.Option("PAGES")):
    uvicorn.run(made(False), host=host)

def serve(host: str = "127.0.0.1"):
    uvicorn.Server(uvicorn.Config(made(True), host=host)).run()

@cli.command()
def tools(host: str = typer.Option("TOOLS")):
    serve(host=host)
"""


@pytest.mark.parametrize(
    ("pages", "tools", "bind"),
    [("127.0.0.1", "localhost", "loopback"), ("0.0.0.0", "127.0.0.1", ""), ("127.0.0.1", "0.0.0.0", "")],
)
def test_a_server_is_local_where_each_of_them_is(
    scan: Callable[[dict[str, str]], Report], pages: str, tools: str, bind: str
) -> None:
    report = scan({"shop/server.py": SERVER, "shop/cli.py": STARTS.replace("PAGES", pages).replace("TOOLS", tools)})

    assert [row.bind for row in report.tools] == [bind]


@pytest.mark.parametrize(("folder", "bind"), [("shop", "network"), ("examples", "")])
def test_an_example_does_not_say_where_the_product_listens(
    scan: Callable[[dict[str, str]], Report], folder: str, bind: str
) -> None:
    started = "import uvicorn\nfrom shop.server import made\n\nuvicorn.run(made(True), host='0.0.0.0')\n"
    report = scan({"shop/server.py": SERVER, f"{folder}/start.py": started})

    assert [row.bind for row in report.tools] == [bind]
