"""State that several tools set from what their callers sent is told once, for all of them."""

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import httpx
from fastmcp import FastMCP

mcp = FastMCP("registry")
cookie = None

def asked(path: str) -> str:
    return httpx.post("https://registry.internal" + path, cookies={"session": cookie}).text

@mcp.tool
def toggle(session_cookie: str) -> str:
    global cookie
    cookie = session_cookie
    return asked("/toggle")

@mcp.tool
def refresh(session_cookie: str) -> str:
    global cookie
    cookie = session_cookie
    return asked("/refresh")

@mcp.tool
def status() -> str:
    return asked("/status")

mcp.run(transport="http")
"""


def test_all_tools_that_set_a_state_are_told_of_once() -> None:
    (found,) = [one for one in analyze(tree_of({"server.py": SERVER})).findings if one.rule == "cross-session-state"]

    assert found.tools == ("server:mcp:refresh", "server:mcp:toggle")
    assert found.message.endswith(
        "and 1 more keep a credential or the identity of its caller in `cookie`, which the calls of others read."
    )
