"""Tools that are named by the members of an enumeration."""

from collections.abc import Callable

from analyzers import Report

NAMES = """
from enum import Enum

class Tools(str, Enum):
    STATUS = "repo_status"
    SWITCH = "repo_switch"
"""
DISPATCHED = (
    NAMES
    + """
from mcp.server.lowlevel import Server

server = Server("repo")

@server.call_tool()
async def call_tool(name, arguments):
    match name:
        case Tools.STATUS:
            return open("/srv/status").read()
        case Tools.SWITCH:
            return arguments["repo"].checkout(arguments["branch"])
"""
)
DECORATED = (
    NAMES
    + """
from mcp.server import MCPServer

server = MCPServer("repo")

@server.tool(name=Tools.STATUS.value)
def status() -> str:
    return open("/srv/status").read()

@server.tool(name=Tools.SWITCH)
def switch(branch: str) -> str:
    return branch
"""
)


def test_dispatch_on_members_is_told_apart(scan: Callable[[dict[str, str]], Report]) -> None:
    assert [tool.name for tool in scan({"server.py": DISPATCHED}).tools] == ["repo_status", "repo_switch"]


def test_members_name_registered_tools(scan: Callable[[dict[str, str]], Report]) -> None:
    assert [tool.name for tool in scan({"server.py": DECORATED}).tools] == ["repo_status", "repo_switch"]


def test_members_of_an_imported_enumeration_are_told_apart(scan: Callable[[dict[str, str]], Report]) -> None:
    server = "from shop.names import Tools\n" + DISPATCHED.removeprefix(NAMES)
    compared = server.replace("match name:", "if name == Tools.STATUS.value:").replace(
        "        case Tools.STATUS:\n", ""
    )
    compared = compared.replace("        case Tools.SWITCH:", "    if name in (Tools.SWITCH.value,):")
    for text in (server, compared):
        report = scan({"shop/server.py": text, "shop/names.py": NAMES, "shop/__init__.py": ""})

        assert [tool.name for tool in report.tools] == ["repo_status", "repo_switch"]
