"""A record of every call is offered in the way of each framework, and known to be one."""

import pytest

from analyzers import analyze
from analyzers.finding import Safety
from tests.analyzers.programs import fixed_by, tree_of

CANCEL = """
@{server}.tool()
def cancel(number: str) -> str:
    return httpx.delete("https://orders.internal/orders", params={{"n": number}}).text

"""
IMPORTS = "import httpx\n"
SERVERS = {
    "sdk 1": (
        "from mcp.server.fastmcp import FastMCP\n",
        'mcp = FastMCP("orders")\n',
        'mcp.run(transport="streamable-http")\n',
    ),
    "sdk 1 by module": (
        "from mcp.server import fastmcp\n",
        'mcp = fastmcp.FastMCP("orders")\n',
        'mcp.run(transport="streamable-http")\n',
    ),
    "sdk 2": (
        "from mcp.server import MCPServer\n",
        'mcp = MCPServer("orders")\n',
        'mcp.run(transport="streamable-http")\n',
    ),
    "fastmcp": ("from fastmcp import FastMCP\n", 'mcp = FastMCP("orders")\n', 'mcp.run(transport="http")\n'),
}
LOW_LEVEL = """\
import httpx
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

server = Server("orders")


@server.call_tool()
async def call_tool(name: str, arguments: dict) -> list:
    if name == "cancel":
        return httpx.delete("https://orders.internal/orders", params=arguments).json()
    raise ValueError(name)


manager = StreamableHTTPSessionManager(server)
"""


def patched(text: str) -> str:
    """Return a program with the record that is offered for it."""
    fix, changed = fixed_by({"server.py": text}, "missing-tool-call-audit")
    assert fix is not None
    assert fix.safety is Safety.REVIEW
    return changed["server.py"]


def recorded(text: str) -> set[str]:
    """Return what a program records of its tools' calls."""
    return {row.audit for row in analyze(tree_of({"server.py": text})).tools if row.kind == "tool"}


@pytest.mark.parametrize("form", SERVERS)
def test_a_server_of_a_module_is_offered_a_record(form: str) -> None:
    imported, made, run = SERVERS[form]
    text = IMPORTS + imported + "\n" + made + CANCEL.format(server="mcp") + run

    assert recorded(text) == {"none"}
    assert recorded(patched(text)) == {"tool, subject, outcome"}


@pytest.mark.parametrize("form", SERVERS)
def test_a_server_that_a_function_makes_is_offered_a_record(form: str) -> None:
    imported, made, run = SERVERS[form]
    inside = "".join(
        f"    {line}\n" if line else "\n" for line in (made + CANCEL.format(server="mcp") + run).split("\n")
    )
    text = f"{IMPORTS}{imported}\n\ndef main() -> None:\n{inside}\n\nmain()\n"

    assert recorded(text) == {"none"}
    assert recorded(patched(text)) == {"tool, subject, outcome"}


def test_the_handler_of_a_low_level_server_is_offered_a_record() -> None:
    fixed = patched(LOW_LEVEL)

    assert "@server.call_tool()\n@recorded\nasync def call_tool(" in fixed
    assert recorded(fixed) == {"tool, subject, outcome"}


OVERRIDE = """\
import logging
import httpx
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.fastmcp import FastMCP
from verifier import settings, verifier


class Guarded(FastMCP):
    async def call_tool(self, name, arguments):
        token = get_access_token()
        {check}
        return await super().call_tool(name, arguments)


mcp = Guarded("orders", token_verifier=verifier, auth=settings)


@mcp.tool()
def cancel(number: str) -> str:
    return httpx.delete("https://orders.internal/orders", params={{"n": number}}).text


mcp.run(transport="streamable-http")
"""
REFUSAL = 'if token is None or name not in token.scopes: raise PermissionError("forbidden")'


@pytest.mark.parametrize(
    ("check", "kind"),
    [
        (REFUSAL, "per_tool"),
        (REFUSAL.replace("name not", '"orders" not'), "uniform"),
        (REFUSAL.replace("raise", "print"), "none"),
        ("pass", "none"),
    ],
)
def test_what_a_class_of_servers_checks_at_each_call_is_known(check: str, kind: str) -> None:
    (row,) = analyze(tree_of({"server.py": OVERRIDE.format(check=check)})).tools

    assert row.authorization.kind == kind


def test_a_record_brings_its_imports_where_those_of_the_file_stand_below_the_server() -> None:
    text = (
        'from fastmcp import FastMCP\n\nmcp = FastMCP("orders")\n\nimport httpx  # noqa: E402\n'
        + CANCEL.format(server="mcp")
        + 'mcp.run(transport="http")\n'
    )

    fixed = patched(text)

    assert recorded(fixed) == {"tool, subject, outcome"}
    assert fixed.index("import logging") < fixed.index("class ToolAudit(Middleware)")
    assert fixed.index("import Middleware") < fixed.index("class ToolAudit(Middleware)")
