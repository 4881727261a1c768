"""Servers that nobody can reach have no tools, and those that somebody may reach keep theirs."""

import textwrap
from collections.abc import Callable

import pytest

from analyzers import Report

Scan = Callable[[dict[str, str]], Report]
SERVER = """
from fastmcp import FastMCP

def register(mcp: FastMCP) -> None:
    @mcp.tool
    def now() -> str:
        return "noon"

"""
UNREACHED = {
    "a list of tools is printed": """
        async def main():
            mcp = FastMCP("x")
            register(mcp)
            print(await mcp.list_tools())
    """,
    "its tools are looked through": """
        def main():
            mcp = FastMCP("x")
            register(mcp)
            for name, tool in mcp._tool_manager._tools.items():
                print(name, tool.fn())
    """,
    "a client in the process asks it": """
        from fastmcp import Client
        async def main():
            mcp = FastMCP("x")
            register(mcp)
            async with Client(mcp) as client:
                return await client.list_tools()
    """,
    "one tool is taken from a bridge": """
        async def bridged(client):
            bridge = FastMCP.as_proxy(client)
            return await bridge.get_tool("now")
    """,
    "what nothing calls would register": """
        server, other = FastMCP("y"), FastMCP("z")
        server.run()
        other.run()
    """,
}
REACHED = {
    "it is returned": """
        def make():
            mcp = FastMCP("x")
            register(mcp)
            return mcp
    """,
    "something else has it": """
        from serving import serve
        def main():
            mcp = FastMCP("x")
            register(mcp)
            serve(mcp)
    """,
    "an object keeps it": """
        class App:
            def __init__(self):
                mcp = FastMCP("x")
                register(mcp)
                self.mcp = mcp
    """,
    "its method is handed on": """
        import anyio
        def main():
            mcp = FastMCP("x")
            register(mcp)
            anyio.run(mcp.serve_async)
    """,
    "what it is built on is handed on": """
        from serving import serve
        def main():
            mcp = FastMCP("x")
            register(mcp)
            serve(mcp._mcp_server.inner)
    """,
    "an inner function has it": """
        def main():
            mcp = FastMCP("x")
            register(mcp)
            def start():
                other(mcp)
            return start
    """,
    "the program starts none": "server = FastMCP('y')\n",
    "something is handed what registers": """
        from serving import extend
        server, other = FastMCP("y"), FastMCP("z")
        extend([register])
        server.run()
    """,
}


@pytest.mark.parametrize("text", UNREACHED.values(), ids=UNREACHED)
def test_what_nobody_can_reach_is_no_server(text: str, scan: Scan) -> None:
    assert [row.name for row in scan({"server.py": SERVER + textwrap.dedent(text)}).tools] == []


@pytest.mark.parametrize("text", REACHED.values(), ids=REACHED)
def test_what_somebody_may_reach_is_one(text: str, scan: Scan) -> None:
    assert [row.name for row in scan({"server.py": SERVER + textwrap.dedent(text)}).tools] == ["now"]
