"""Where tools that hand their caller's token on are reported: where one helper takes it up for them all."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """\
import httpx
from fastmcp import FastMCP
from fastmcp.server.dependencies import get_access_token

mcp = FastMCP("shop", auth=verifier)

class Client:
    def __init__(self, token: str) -> None:
        self.token = token

    def get(self, host: str, path: str) -> str:
        return httpx.get(f"https://{host}.internal/{path}", headers={"Authorization": f"Bearer {self.token}"}).text

def client() -> Client:
    return Client(get_access_token().token)  # taken

@mcp.tool
def list_orders() -> str:  # first
    return client().get("orders", "all")
MORE
mcp.run(transport="http")
"""
CARTS = """
@mcp.tool
def list_carts() -> str:
    return client().get("carts", "all")
"""


@pytest.mark.parametrize(("more", "places"), [(CARTS, ["taken"]), ("", ["first"])])
def test_one_cause_is_one_finding(more: str, places: list[str]) -> None:
    text = SERVER.replace("MORE", more)
    found = [item for item in analyze(tree_of({"server.py": text})).findings if item.rule == "token-passthrough"]
    lines = text.splitlines()
    assert [lines[item.location.line - 1].rpartition("# ")[2] for item in found] == places
    assert all(len(item.tools) == (2 if more else 1) for item in found)


ROUTED = """
from fastmcp.server.middleware import Middleware
from starlette.responses import JSONResponse

class Kept(Middleware):
    async def on_call_tool(self, context, call_next):
        await context.fastmcp_context.set_state("client", client())
        return await call_next(context)

mcp.add_middleware(Kept())

@mcp.custom_route("/health", methods=["GET"])
async def health(request):
    return JSONResponse({"status": BODY})
"""
SENT = 'client().get("orders", "health")'


@pytest.mark.parametrize(("body", "routes"), [('"ok"', set()), (SENT, {"/health"})])
def test_routes_do_not_take_up_what_a_hook_of_calls_does(body: str, routes: set[str]) -> None:
    text = SERVER.replace("MORE", CARTS + ROUTED.replace("BODY", body))
    found = [item for item in analyze(tree_of({"server.py": text})).findings if item.rule == "token-passthrough"]

    assert {tool.rpartition(":")[2] for item in found for tool in item.tools} == {"list_orders", "list_carts", *routes}


TABLED = """
    return opened(held)

def opened(held: dict) -> Client:
    return Client(held["token"])
"""
PUT = '    held = {"shop": "main"}\n    held["token"] = get_access_token().token  # put'
WHOLE = '    held = {"shop": "main", "token": get_access_token().token}  # whole'


@pytest.mark.parametrize("made", [PUT, WHOLE])
def test_a_token_is_taken_up_where_it_is_put_into_a_table(made: str) -> None:
    text = SERVER.replace("    return Client(get_access_token().token)  # taken\n", made + TABLED)
    text = text.replace("MORE", CARTS)
    (found,) = [item for item in analyze(tree_of({"server.py": text})).findings if item.rule == "token-passthrough"]

    assert text.splitlines()[found.location.line - 1] == made.splitlines()[-1]


MOUNTED = """
carts = FastMCP("carts")
mcp.mount(carts)

@carts.tool
def count_carts() -> str:
    return client().get("carts", "count")
"""


def test_one_helper_is_one_cause_for_servers_that_are_mounted_as_well() -> None:
    text = SERVER.replace("MORE", MOUNTED)
    found = [item for item in analyze(tree_of({"server.py": text})).findings if item.rule == "token-passthrough"]

    assert [len(item.tools) for item in found] == [2]
