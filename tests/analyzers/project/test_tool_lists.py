"""Tools in lists and tables that are put together, filtered, wrapped and handed on before they are registered."""

from collections.abc import Callable

import pytest

from analyzers import Report

Scan = Callable[[dict[str, str]], Report]
TOOLS = """\
import httpx


def cancel(order: str) -> str:
    return httpx.delete("https://orders.internal/orders", params={"order": order}).text


def show(order: str) -> str:
    return httpx.get("https://orders.internal/orders", params={"order": order}).text
"""
FAST = "from fastmcp import FastMCP\nfrom tools import cancel, show\n\nmcp = FastMCP('shop')\n"
LOOP = "for tool in {}:\n    mcp.add_tool(tool)\n"
SELF = "from mcp.server.lowlevel import Server\nfrom mcp import types\nfrom tools import cancel, show\n\n"
HANDLERS = """\
class Shop:
    def __init__(self):
        self.server = Server("shop")
        self.handlers = {"cancel": (cancel, str), "show": (show, str)}
        self.register()

    async def call(self, name, arguments):
        run, kind = self.handlers[name]
        return run(kind(arguments))

    def register(self):
"""
SHAPES = {
    "a list in a function that others extend": FAST
    + "def chosen(writes):\n    found = list([show])\n    if writes:\n        found.extend([cancel])\n"
    + "    return found\n"
    + LOOP.format("chosen(True)"),
    "a sum of lists": FAST + "READ = [show]\nWRITE = [cancel]\n" + LOOP.format("READ + WRITE"),
    "a list that grows": FAST + "ALL = [show]\nALL += [cancel]\n" + LOOP.format("ALL"),
    "a list with another in it": FAST + "READ = [show]\nALL = [*READ, cancel]\n" + LOOP.format("ALL"),
    "a list of what is left": FAST
    + "OFF = {'none'}\nALL = [show, cancel]\n"
    + LOOP.format("[tool for tool in ALL if tool.__name__ not in OFF]"),
    "one component of what a function returns": FAST
    + "def prepare():\n    final = []\n    for tool in [show, cancel]:\n        final.append(tool)\n"
    + "    return final, set()\ntools, names = prepare()\n"
    + LOOP.format("tools"),
    "records": FAST
    + "from dataclasses import dataclass\nfrom typing import Callable\n\n"
    + "@dataclass\nclass Spec:\n    name: str\n    fn: Callable\n\n"
    + "SPECS = [Spec('cancel', cancel), Spec('show', show)]\n"
    + "for spec in SPECS:\n    mcp.tool(name=spec.name)(spec.fn)\n",
    "tables": FAST
    + "SPECS = [{'func': cancel}, {'func': show}]\nfor spec in SPECS:\n    run = spec['func']\n    mcp.tool()(run)\n",
    "pairs": FAST + "for name, run in [('cancel', cancel), ('show', show)]:\n    mcp.tool(name=name)(run)\n",
    "a table by name": FAST
    + "T = {'show': show}\nT.update({'cancel': cancel})\nfor name, run in T.items():\n    mcp.tool(name=name)(run)\n",
    "a function that adds for two servers": FAST
    + "def add(server, tool):\n    server.add_tool(tool)\n\nfor item in [show, cancel]:\n    add(mcp, item)\n",
    "a list of an instance": FAST
    + "class Shop:\n    def __init__(self):\n        self.tools = [show]\n        self.tools.append(cancel)\n\n"
    + "    def register(self):\n        for tool in self.tools:\n            mcp.add_tool(tool)\n",
    "a handler that is put in by a call": SELF + HANDLERS + "        self.server.call_tool()(self.call)\n",
    "a handler by the name of the request": SELF
    + HANDLERS.replace("(self, name, arguments)", "(self, ctx, params)")
    .replace("[name]", "[params.name]")
    .replace("kind(arguments)", "kind(params.arguments)")
    + "        self.server.add_request_handler('tools/call', types.CallToolRequestParams, self.call)\n",
    "a handler by the class of the request": SELF
    + HANDLERS.replace("(self, name, arguments)", "(self, request)")
    .replace("[name]", "[request.params.name]")
    .replace("kind(arguments)", "kind(request.params.arguments)")
    + "        self.server.request_handlers[types.CallToolRequest] = self.call\n",
    "a server class under another name": "from mcp.server.lowlevel import Server\nfrom tools import cancel, show\n"
    "Low = Server\nlow: Server = Low('shop')\nT = {'show': show, 'cancel': cancel}\n\n"
    "@low.call_tool()\nasync def call(name, arguments):\n    return T[name](arguments)\n",
}


@pytest.mark.parametrize("server", SHAPES.values(), ids=SHAPES.keys())
def test_tools_of_lists_are_found(server: str, scan: Scan) -> None:
    report = scan({"server.py": server, "tools.py": TOOLS})

    assert {tool.name: tool.capabilities for tool in report.tools} == {
        "cancel": ("destroy",),
        "show": ("read-public",),
    }


def test_lists_that_are_put_into_each_other_are_each_gone_through_once(scan: Scan) -> None:
    names = [f"part{number}" for number in range(24)]
    made = "".join(f"{name} = []\n" for name in names)
    put = "".join(f"{one}.extend({other})\n" for one in names for other in names)

    report = scan({"tools.py": TOOLS, "server.py": f"{FAST}{made}{put}part23.append(cancel)\n{LOOP.format('part0')}"})

    assert [tool.name for tool in report.tools] == ["cancel"]


def test_a_long_list_is_not_given_up(scan: Scan) -> None:
    names = [f"tool_{number}" for number in range(80)]
    tools = "".join(f"def {name}():\n    return 1\n\n" for name in names)
    server = "from fastmcp import FastMCP\n\nmcp = FastMCP('many')\n" + LOOP.format(f"[{', '.join(names)}]")

    assert sorted(tool.name for tool in scan({"server.py": f"{tools}{server}"}).tools) == sorted(names)


CONDITIONAL = """\
import functools
from fastmcp.server.dependencies import get_access_token
from fastmcp.exceptions import ToolError

def scoped(function, scope):
    @functools.wraps(function)
    def inner(*args, **kwargs):
        token = get_access_token()
        if token is None or scope not in token.scopes:
            raise ToolError("forbidden")
        return function(*args, **kwargs)
    return inner

final = []
for tool in [show, cancel]:
    wrapped = tool
    {condition}wrapped = scoped(tool, "orders")
    final.append(wrapped)
for tool in final:
    mcp.add_tool(tool)
mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("condition", "kind", "reasons"),
    [
        ("", "per_tool", ()),
        ("if ENFORCE: ", "unresolved", ("the check on line 10 is put around it only under a condition",)),
    ],
)
def test_what_a_loop_wraps_around_each_tool_counts_where_it_always_does(
    scan: Scan, condition: str, kind: str, reasons: tuple[str, ...]
) -> None:
    server = f"{FAST}from settings import ENFORCE\n{CONDITIONAL.replace('{condition}', condition)}"
    report = scan({"server.py": server, "tools.py": TOOLS})

    found = {tool.name: (tool.authorization.kind, tool.unresolved) for tool in report.tools}
    assert found == {"cancel": (kind, reasons), "show": (kind, reasons)}


@pytest.mark.parametrize(
    "server",
    [
        "from fastmcp import FastMCP\nfrom vendor import fill\n\nmcp = FastMCP('x')\nfill(mcp)\nmcp.run()\n",
        (
            "from fastmcp import FastMCP\nfrom vendor import fill\n\n"
            "def create():\n    made = FastMCP('x')\n    return made\n\n"
            "app = create()\nfill(app)\napp.run()\n"
        ),
        "from fastmcp import FastMCP\nfrom vendor import T\n\nmcp = FastMCP('x')\nmcp._tool_manager._tools['a'] = T\n",
        "from mcp.server.lowlevel import Server\nfrom vendor import make\n\ns = Server('x', on_call_tool=make())\n",
        "from fastmcp import FastMCP\nfrom vendor import TOOLS\n\nmcp = FastMCP('x', tools=TOOLS)\n",
    ],
)
def test_a_server_on_which_nothing_is_found_is_told(server: str, scan: Scan) -> None:
    (tool,) = scan({"server.py": server}).tools

    assert (tool.name, tool.authorization.kind) == ("?", "unresolved")


@pytest.mark.parametrize(
    "end", ["mcp.run()", "mcp.run(transport='http')", "import uvicorn\nuvicorn.run(mcp.http_app())"]
)
def test_a_server_that_nothing_has_in_hand_has_no_tools(end: str, scan: Scan) -> None:
    assert scan({"server.py": f"from fastmcp import FastMCP\n\nmcp = FastMCP('x')\n{end}\n"}).tools == ()


def test_a_list_of_tools_from_elsewhere_is_told_by_their_names(scan: Scan) -> None:
    server = "from fastmcp import FastMCP\nfrom vendor import a, b\n\nmcp = FastMCP('x')\n" + LOOP.format("[a, b]")

    assert {tool.name: tool.authorization.kind for tool in scan({"server.py": server}).tools} == {
        "a": "unresolved",
        "b": "unresolved",
    }


def test_names_that_are_looked_up_elsewhere_are_told_beside_the_known_ones(scan: Scan) -> None:
    server = (
        "from mcp.server.lowlevel import Server\nfrom vendor import TABLE\n\nserver = Server('x')\n\n"
        "@server.call_tool()\nasync def call(name, arguments):\n    if name == 'now':\n        return 1\n"
        "    run, _ = TABLE[name]\n    return run(arguments)\n"
    )

    assert [tool.name for tool in scan({"server.py": server}).tools] == ["?", "now"]
