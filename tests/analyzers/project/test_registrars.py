"""Tools that functions of the program register, and servers that live in a module's name."""

import pytest

from analyzers.engine import judge
from tests.analyzers.programs import facts_of

WRAPPING = """
import functools
import logging
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("shop")
log = logging.getLogger("shop")

def audited(server, name, **options):
    def decorator(function):
        @functools.wraps(function)
        async def wrapper(*args, **kwargs):
            log.info(name)
            return await function(*args, **kwargs)
        server.tool(name=name, **options)(wrapper)
        return wrapper
    return decorator

class Orders:
    def __init__(self, server):
        audited(server, "get_order", title="Get")(self.get)
        audited(server, "drop_order")(self.drop)

    async def get(self, order: str) -> str:
        return order

    async def drop(self, order: str) -> str:
        return order

@audited(mcp, "list_orders")
async def orders() -> str:
    return ""

Orders(mcp)
mcp.run()
"""
DECORATED = """
import functools
from fastmcp import FastMCP

mcp = FastMCP("shop")

def tool(function):
    @mcp.tool(name=function.__name__)
    @functools.wraps(function)
    def inner(*args, **kwargs):
        return function(*args, **kwargs)
    return inner

@tool
def get_order(order: str) -> str:
    return order

mcp.run()
"""
PLAIN = """
from fastmcp import FastMCP

mcp = FastMCP("shop")

def register(function):
    mcp.tool(function)
    return function

@register
def get_order(order: str) -> str:
    return order

@register
def drop_order(order: str) -> str:
    return order

mcp.run()
"""
REGISTRY = """
import functools
from mcp.server import MCPServer

class Registry:
    def __init__(self, server):
        self.server = server

    def reader(self, title):
        return self._register(title, True)

    def _register(self, title, reads):
        def decorate(function):
            self.server.tool(title=title)(with_errors(function))
            return function
        return decorate

def with_errors(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)
    return wrapper

def orders(tools: Registry):
    @tools.reader("Orders")
    def list_orders() -> str:
        return ""

    @tools.reader("Order")
    def get_order(order: str) -> str:
        return order

mcp = MCPServer("shop")
orders(Registry(mcp))
mcp.run("stdio")
"""
TWICE = """
from fastmcp import FastMCP

def make():
    server = FastMCP("pages")

    def register(name, schema):
        def decorator(function):
            server.tool(function, name=name, output_schema=schema)
            server.tool(function, name=f"wiki_{name}", output_schema=schema)
            return function
        return decorator

    @register("search", {})
    def search(query: str) -> str:
        return query

    return server

make().run("stdio")
"""
GLOBAL = """
from fastmcp import FastMCP

mcp = None

def make():
    return FastMCP("shop")

class Orders:
    def __init__(self, server):
        self.mcp = server
        self.mcp.tool(name="get_order")(self.get)

    def get(self, order: str) -> str:
        return order

def main():
    global mcp
    mcp = make()
    Orders(mcp)
    mcp.run()
"""
HELPED = """
from fastmcp import FastMCP

mcp = FastMCP("shop")

def get_client():
    return object()

async def send(method: str, path: str) -> str:
    return method + path

def register(server, client, request):
    @server.tool()
    async def list_orders() -> str:
        return str(client())

    @server.tool(name="fetch_order")
    async def get_order(order: str) -> str:
        return await request("GET", f"/orders/{order}")

    @server.tool()
    async def forward(method: str, path: str) -> str:
        return await request(method, path)

register(mcp, get_client, send)
mcp.run()
"""
RENAMED = """
from fastmcp import FastMCP

mcp = FastMCP("shop")

def register(function):
    @mcp.tool(name=function.__name__)
    async def checked(order: str) -> str:
        return await function(order)

@register
async def get_order(order: str) -> str:
    return order

@register
async def drop_order(order: str) -> str:
    return order

mcp.run()
"""
WRAPPED = """
import functools
from fastmcp import FastMCP

def make():
    return FastMCP("shop")

def logged(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)
    return wrapper

def register_tool(server: FastMCP, function):
    tool = logged(function)
    plain = returns_record(function)
    server.tool(output_schema=None if plain else {})(as_result(tool) if plain else tool)

def as_result(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return str(function(*args, **kwargs))
    return wrapper

def orders(server: FastMCP):
    def get_order(order: str) -> str:
        return order

    register_tool(server, get_order)

spare = FastMCP("spare")
for register in (orders,):
    register(make())
make().run()
"""
KEPT = """
from functools import partial
import anyio
try:
    from mcp.server.fastmcp import FastMCP
except ImportError:
    FastMCP = None

class Registry:
    def __init__(self, server):
        self.add = None
        self.attach(server)

    def attach(self, server):
        self.add = lambda function, **options: server.add_tool(function, **options)

    def tool(self, name=None):
        def decorate(function):
            if name is None:
                self.add(function)
            else:
                self.add(function, name=name)
            return function
        return decorate

def orders(registry: Registry):
    @registry.tool(name="get_order")
    def get_order(order: str) -> str:
        return order

    @registry.tool()
    def drop_order(order: str) -> str:
        return order

def make():
    server = FastMCP("shop")
    orders(Registry(server))
    return server

async def serve(server, host):
    await server.run_stdio_async()

anyio.run(partial(serve, make(), host="127.0.0.1"))
"""
PROGRAMS = {
    "wrapping": (WRAPPING, {"get_order": "Orders.get", "drop_order": "Orders.drop", "list_orders": "orders"}),
    "decorated": (DECORATED, {"get_order": "get_order"}),
    "plain": (PLAIN, {"get_order": "get_order", "drop_order": "drop_order"}),
    "registry": (REGISTRY, {"list_orders": "orders.list_orders", "get_order": "orders.get_order"}),
    "twice": (TWICE, {"search": "make.search", "wiki_search": "make.search"}),
    "global": (GLOBAL, {"get_order": "Orders.get"}),
    "helped": (
        HELPED,
        {
            "list_orders": "register.list_orders",
            "fetch_order": "register.get_order",
            "forward": "register.forward",
        },
    ),
    "kept": (KEPT, {"get_order": "orders.get_order", "drop_order": "orders.drop_order"}),
    "wrapped": (WRAPPED, {"get_order": "orders.get_order"}),
    "renamed": (RENAMED, {"get_order": "get_order", "drop_order": "drop_order"}),
}


@pytest.mark.parametrize(("program", "tools"), PROGRAMS.values(), ids=PROGRAMS)
def test_each_use_of_a_registrar_declares_a_tool(program: str, tools: dict[str, str]) -> None:
    rows = judge({"server.py": facts_of(program)}, ()).analysis.rows
    found = {row.name: row.entry.handler.facts.qualname for row in rows if row.entry.handler is not None}

    assert found == tools
    assert {row.entry.server.id for row in rows} == {rows[0].entry.server.id}
    assert {row.transport for row in rows} == {"stdio"}


def test_many_uses_of_a_registrar_declare_many_tools_of_the_server_that_is_started() -> None:
    tools = "".join(
        f"""
    def order_{number}(self) -> str:
        return "{number}"
"""
        for number in range(60)
    )
    added = "".join(f"        self.add(server, self.order_{number}, 'order_{number}')\n" for number in range(60))
    program = f"""
import importlib
from fastmcp import FastMCP

class Orders:
    def add(self, server: FastMCP, method, name: str):
        server.add_tool(in_thread(method), name=f"shop_{{name}}")

    def register(self, server: FastMCP):
{added}{tools}
def in_thread(function):
    def run(*args, **kwargs):
        return function(*args, **kwargs)
    return run

def names():
    scratch = FastMCP("scratch")
    return load(scratch)

def load(server):
    for module in importlib.import_module("shop.modules").found():
        module.register(server)
    return server

mcp = FastMCP("shop")
load(mcp)
mcp.run()
"""
    rows = judge({"server.py": facts_of(program)}, ()).analysis.rows
    started = [row for row in rows if row.entry.server.symbol == "mcp"]

    assert {row.name for row in started} == {f"shop_order_{number}" for number in range(60)}
    assert {row.transport for row in started} == {"stdio"}
    assert [row.name for row in rows if row not in started] == ["?"]
