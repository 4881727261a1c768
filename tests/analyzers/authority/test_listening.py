"""Where a server without authentication can be reached from, where nothing or something names its address."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

MACHINE, NETWORK, NOBODY = "from this machine", "over the network", ""
SDK = ("from mcp.server.fastmcp import FastMCP", "FastMCP('shop')")
FASTMCP = ("from fastmcp import FastMCP", "FastMCP('shop')")
SDK_2 = ("from mcp.server import MCPServer", "MCPServer('shop')")
RUN, HTTP = "mcp.run(transport='streamable-http')", "mcp.run(transport='http')"
VERIFIER = "mcp._token_verifier = Verifier()"
BOUND = "host, port = os.getenv('BIND', '{}').{}\nmcp.run(transport='http', host=host)"
PAIR = (
    "def address(given):\n    host = given or os.getenv('HOST') or '{}'\n    return host, 80\n"
    "host, port = address(None)\nmcp.settings.host = host\nmcp.run(transport='streamable-http')"
)
TABLE = (
    "def table(args):\n    kept = {{'host': os.getenv('HOST', '{}')}}\n"
    "    return {{'port': 80, 'host': args.host if args.host is not None else kept['host']}}\n"
    "parser = argparse.ArgumentParser()\nparser.add_argument('--host', default={})\n"
    "config = table(parser.parse_args())\nmcp.run(transport='http', host=config['host'])"
)
SERVERS = [
    (FASTMCP, TABLE.format("127.0.0.1", None), "fastmcp", MACHINE),
    (FASTMCP, TABLE.format("0.0.0.0", None), "fastmcp", NETWORK),
    (FASTMCP, TABLE.format("127.0.0.1", "'0.0.0.0'"), "fastmcp", NETWORK),
    (FASTMCP, TABLE.replace("'host': args", "'address': args").format("127.0.0.1", None), "fastmcp", NETWORK),
    (SDK, RUN, "mcp", MACHINE),
    (SDK, RUN, "mcp>=1.9.4", MACHINE),
    (SDK, RUN, "mcp<1.9", NETWORK),
    (SDK, f"mcp.settings.host = '0.0.0.0'\n{RUN}", "mcp", NETWORK),
    (SDK, f"mcp.settings.host = '0.0.0.0' if os.path.exists('/.dockerenv') else '127.0.0.1'\n{RUN}", "mcp", NETWORK),
    (SDK, f"os.environ['FASTMCP_HOST'] = '0.0.0.0'\n{RUN}", "mcp", NETWORK),
    (SDK, "def host():\n    return os.getenv('HOST', '127.0.0.1')\nmcp.settings.host = host()\n" + RUN, "mcp", MACHINE),
    (SDK, "def host():\n    return os.getenv('HOST', '0.0.0.0')\nmcp.settings.host = host()\n" + RUN, "mcp", NETWORK),
    (SDK, PAIR.format("127.0.0.1"), "mcp", MACHINE),
    (SDK, PAIR.format("0.0.0.0"), "mcp", NETWORK),
    (SDK, f"mcp.settings.host = str(os.getenv('HOST', 'localhost'))\n{RUN}", "mcp", MACHINE),
    (SDK, "uvicorn.run(mcp.streamable_http_app(), port=80)", "mcp", MACHINE),
    (SDK, "uvicorn.run(mcp.streamable_http_app(), **options)", "mcp", NETWORK),
    (SDK, "app = mcp.streamable_http_app()", "mcp", NETWORK),
    (SDK, f"{VERIFIER}\n{RUN}", "mcp", NOBODY),
    (SDK_2, RUN, "mcp>=2", MACHINE),
    (SDK_2, "mcp.run(transport='streamable-http', host='0.0.0.0')", "mcp>=2", NETWORK),
    (FASTMCP, HTTP, "fastmcp", MACHINE),
    (FASTMCP, "mcp.run(transport='http', **options)", "fastmcp", NETWORK),
    (FASTMCP, "mcp.run(transport='http', host='0.0.0.0')", "fastmcp", NETWORK),
    (FASTMCP, f"{VERIFIER}\n{HTTP}", "fastmcp", MACHINE),
    (FASTMCP, BOUND.format("127.0.0.1:80", "rsplit(':', 1)"), "fastmcp", MACHINE),
    (FASTMCP, BOUND.format("localhost:80", "split(':')"), "fastmcp", MACHINE),
    (FASTMCP, BOUND.format("0.0.0.0:80", "rsplit(':', 1)"), "fastmcp", NETWORK),
    (FASTMCP, BOUND.format("[::1]:80", "split(':')"), "fastmcp", NETWORK),
]


@pytest.mark.parametrize(("server", "start", "requirement", "reached"), SERVERS)
def test_a_server_listens_to_its_machine_unless_another_address_is_given(
    server: tuple[str, str], start: str, requirement: str, reached: str
) -> None:
    imported, made = server
    program = f"""
import argparse
import os
import httpx
import uvicorn
{imported}
from verifier import Verifier, options
mcp = {made}

@mcp.tool()
def order(item: str) -> str:
    return httpx.post("https://orders.internal/orders", json={{"item": item}}).text

{start}
"""
    report = analyze(tree_of({"server.py": program, "requirements.txt": requirement}))
    told = [finding for finding in report.findings if finding.rule == "unauthenticated-network-server"]

    assert [reached in finding.message for finding in told] == ([True] if reached else [])
