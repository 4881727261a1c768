"""Which tools servers have, whatever way they are declared, and what transports they run on."""

import textwrap
from collections.abc import Callable

import pytest

from analyzers import Report

Scan = Callable[[dict[str, str]], Report]
FAST = "from fastmcp import FastMCP\nmcp = FastMCP('x')\n"
LOW = "from mcp.server import Server\nserver = Server('x')\n"

DECLARED = {
    "a decorator": FAST + "@mcp.tool\ndef now(): ...\n",
    "a decorator with a name": FAST + "@mcp.tool(name='now')\ndef current(): ...\n",
    "a call": FAST + "def now(): ...\nmcp.tool(now)\n",
    "a call of a call": FAST + "def current(): ...\nmcp.tool(name='now')(current)\n",
    "an added tool": FAST + "def now(): ...\nmcp.add_tool(now)\n",
    "a table in a loop": FAST + "def now(): ...\nTOOLS = [now]\nfor tool in TOOLS:\n    mcp.add_tool(tool)\n",
    "an if": LOW + "@server.call_tool()\nasync def call(name, arguments):\n    if name == 'now':\n        return 1\n",
    "a match": LOW
    + "@server.call_tool()\nasync def call(name, arguments):\n"
    + "    match name:\n        case 'now':\n            return 1\n",
    "a table": LOW
    + "def now(a): ...\nT = {'now': now}\n@server.call_tool()\nasync def call(name, arguments):\n"
    + "    return T[name](arguments)\n",
    "getattr": LOW
    + "class A:\n    def tool_now(self): ...\na = A()\n@server.call_tool()\nasync def call(name, arguments):\n"
    + "    return getattr(a, f'tool_{name}')()\n",
    "a name handed on": LOW
    + "async def run(name):\n    if name == 'now':\n        return 1\n"
    + "@server.call_tool()\nasync def call(name, arguments):\n    return await run(name)\n",
}


@pytest.mark.parametrize("text", DECLARED.values(), ids=DECLARED.keys())
def test_a_tool_is_found_however_it_is_declared(text: str, scan: Scan) -> None:
    assert [row.name for row in scan({"server.py": text}).tools] == ["now"]


def test_a_mounted_server_gives_its_tools_a_prefix(scan: Scan) -> None:
    report = scan(
        {
            "server.py": FAST + "from child import inner\nmcp.mount(inner, prefix='clock')\n",
            "child.py": "from fastmcp import FastMCP\ninner = FastMCP('y')\n@inner.tool\ndef now(): ...\n",
        }
    )

    assert [row.name for row in report.tools] == ["clock_now"]


PUT_TOGETHER = {
    "a provider that is added": "server = FastMCP('x')\napp = made()\nif app:\n    server.add_provider(app)\n",
    "a provider in a list": "app = made()\nserver = FastMCP('x', providers=[app])\n",
    "a mount by a function": "def put(s: FastMCP):\n    s.mount(made())\nserver = FastMCP('x')\nput(server)\n",
}


@pytest.mark.parametrize("text", PUT_TOGETHER.values(), ids=PUT_TOGETHER.keys())
def test_what_a_server_is_made_of_runs_as_it_does(text: str, scan: Scan) -> None:
    child = "def made():\n    app = FastMCPApp('y')\n    @app.tool()\n    def now(): ...\n    return app\n"

    report = scan({"server.py": "from fastmcp import FastMCP, FastMCPApp\n" + child + text + "server.run()\n"})

    assert [(row.name, row.transport) for row in report.tools] == [("now", "stdio")]


RUNS = {
    "mcp.run()": "stdio",
    "mcp.run(transport='stdio')": "stdio",
    "mcp.run(transport='http')": "http",
    "mcp.run(transport='streamable-http')": "http",
    "mcp.run('sse')": "http",
    "app = mcp.http_app()": "http",
    "import sys\nmcp.run(transport='http' if '--http' in sys.argv else 'stdio')": "both",
    "import os\nmcp.run(transport=os.environ['T'])": "both",
    "def main(t):\n    if t != 'stdio':\n        raise SystemExit\n    mcp.run(transport=t)": "stdio",
    "def main(t):\n    if t not in ('sse', 'http'):\n        return\n    mcp.run(transport=t)": "http",
    "def main(a):\n    if a.t == 'stdio':\n        return\n    mcp.run(transport=a.t)": "http",
    "def main(t):\n    if t == 'http':\n        return\n    mcp.run(transport=t)": "both",
    "def main(t, u):\n    if u != 'stdio':\n        return\n    mcp.run(transport=t)": "both",
    "def main(t):\n    if t != 'stdio':\n        print(t)\n    mcp.run(transport=t)": "both",
    "def main(a):\n    if a.t == 'stdio':\n        a.t = choose()\n    mcp.run(transport=a.t)": "both",
    "def main():\n    t = choose()\n    if t == 'stdio':\n        mcp.run(transport=t)": "stdio",
    "def main():\n    t = choose()\n    if t == 'stdio':\n        return\n    mcp.run(transport=t)": "http",
    "def main():\n    if choose() == 'stdio':\n        return\n    mcp.run(transport=choose())": "both",
    "": "unknown",
}


@pytest.mark.parametrize(("run", "expected"), RUNS.items())
def test_the_transport_is_what_the_server_is_run_on(run: str, expected: str, scan: Scan) -> None:
    (row,) = scan({"server.py": FAST + "@mcp.tool\ndef now(): ...\n" + textwrap.dedent(run) + "\n"}).tools

    assert row.transport == expected


MADE = """import os
from fastmcp import FastMCP
from verifier import verifier

KEY, URL = os.environ.get("KEY"), os.environ.get("URL")
if {made}:
    mcp = FastMCP("first", auth=verifier)

    @mcp.tool
    def one(): ...
else:
    mcp = FastMCP("second")

    @mcp.tool
    def two(): ...
"""
STARTED = """import os
from server import mcp

def main():
    key, url = os.environ.get("KEY"), os.getenv("URL", "")
    if {started}:
        mcp.run(transport="http")
    else:
        mcp.run()
"""
CONDITIONS = [
    ("KEY and URL", "key and url", ["http", "stdio"]),
    ("not (KEY and URL)", "key and url", ["stdio", "http"]),
    ("KEY == 'a'", "key == 'a'", ["http", "stdio"]),
    # A key without an address makes the second, and starts it over HTTP.
    ("KEY and URL", "key", ["http", "both"]),
    ("KEY", "url", ["both", "both"]),
    ("KEY == 'a'", "key == 'b'", ["both", "both"]),
]


@pytest.mark.parametrize(("made", "started", "expected"), CONDITIONS)
def test_a_start_is_of_the_server_that_its_conditions_make(
    made: str, started: str, expected: list[str], scan: Scan
) -> None:
    files = {"server.py": MADE.format(made=made), "main.py": STARTED.format(started=started)}

    assert [row.transport for row in scan(files).tools] == expected


def test_what_opens_an_app_is_a_tool_and_another_method_of_that_name_is_none(scan: Scan) -> None:
    text = """
    from fastmcp import FastMCP
    from fastmcp.apps import FastMCPApp
    from pages import site

    app = FastMCPApp("shop")
    mcp = FastMCP("all", providers=[app])

    @app.ui()
    def dashboard() -> str:
        return "orders"

    @site.ui
    def page() -> str:
        return "orders"

    mcp.run(transport="http")
    """

    assert [tool.name for tool in scan({"server.py": textwrap.dedent(text)}).tools] == ["dashboard"]
