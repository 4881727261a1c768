"""Servers of one repository that call things alike."""

from collections.abc import Callable

from analyzers import Report

SERVER = """
import os
from contextvars import ContextVar
import httpx
from fastmcp import FastMCP

token: ContextVar[str] = ContextVar("token")
mcp = FastMCP("NAME")

def begin() -> None:
    token.set(os.environ["NAME_KEY"])

@mcp.tool
def read() -> str:
    return httpx.get("https://NAME.internal", headers={"Authorization": token.get()}).text

begin()
mcp.run(transport="http")
"""


def test_a_context_variable_holds_what_its_own_server_sets(scan: Callable[[dict[str, str]], Report]) -> None:
    report = scan({f"servers/{name}/server.py": SERVER.replace("NAME", name) for name in ("mail", "shop")})
    found = {row.path: row.credentials for row in report.tools}

    assert found == {"servers/mail/server.py": ("mail_KEY",), "servers/shop/server.py": ("shop_KEY",)}


STATE = """
import os
from contextvars import ContextVar

token: ContextVar[str] = ContextVar("token")
"""
IMPORTED = """
import os
import httpx
from fastmcp import FastMCP

mcp = FastMCP("mail")

@mcp.tool
def read() -> str:
    from state import token
    return httpx.get("https://mail.internal", headers={"Authorization": token.get()}).text

def main() -> None:
    from state import token

    def begin() -> None:
        token.set(os.environ["MAIL_KEY"])

    begin()
    mcp.run(transport="http")

main()
"""


def test_a_context_variable_is_one_wherever_it_is_imported(scan: Callable[[dict[str, str]], Report]) -> None:
    (tool,) = scan({"state.py": STATE, "server.py": IMPORTED}).tools

    assert tool.credentials == ("MAIL_KEY",)
