"""A credential that is put on a client once it is made is sent with every request."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import os
import httpx
import requests
from requests.auth import HTTPBasicAuth
from fastmcp import FastMCP

mcp = FastMCP("shop")
{made}

@mcp.tool
def cancel(order: str) -> str:
    {before}
    return {client}.delete("https://orders.internal/orders", params={{"id": order}}).text

mcp.run(transport="http")
"""
CLASS = """
class Api:
    def __init__(self, token):
        self.session = requests.Session()
        {fit}

    def fit(self, token):
        self.session.headers["Authorization"] = f"Bearer {{token}}"

api = Api(os.environ["SHOP_TOKEN"])
"""


@pytest.mark.parametrize(
    "fit",
    [
        'session.headers["Authorization"] = "Bearer " + os.environ["SHOP_TOKEN"]',
        """session.headers.update({"Authorization": f"Bearer {os.environ['SHOP_TOKEN']}"})""",
        """session.headers.update(Authorization=f"Bearer {os.environ['SHOP_TOKEN']}")""",
        """session.headers = {"X-Api-Key": os.environ["SHOP_TOKEN"]}""",
        'session.auth = ("shop", os.environ["SHOP_TOKEN"])',
        'session.auth = HTTPBasicAuth("shop", os.environ["SHOP_TOKEN"])',
        'session.cookies.set("session", os.environ["SHOP_TOKEN"])',
        'session.params["api_key"] = os.environ["SHOP_TOKEN"]',
    ],
)
@pytest.mark.parametrize("where", ["module", "maker", "handler"])
def test_what_is_put_on_a_client_is_sent_with_its_requests(fit: str, where: str) -> None:
    if where == "maker":
        made = f"def make():\n    session = requests.Session()\n    {fit}\n    return session\n\nsession = make()"
        text = SERVER.format(made=made, before="", client="session")
    elif where == "module":
        text = SERVER.format(made=f"session = requests.Session()\n{fit}", before="", client="session")
    else:
        text = SERVER.format(made="", before=f"session = requests.Session()\n    {fit}", client="session")

    assert held(text) == ("SHOP_TOKEN",)


@pytest.mark.parametrize(
    "fit",
    [
        'self.session.headers["Authorization"] = f"Bearer {token}"',
        'self.session.headers.update({"Authorization": f"Bearer {token}"})',
        "self.fit(token)",
    ],
)
def test_what_a_class_puts_on_its_client_is_what_it_was_made_with(fit: str) -> None:
    assert held(SERVER.format(made=CLASS.format(fit=fit), before="", client="api.session")) == ("SHOP_TOKEN",)


@pytest.mark.parametrize(
    "fit",
    [
        'session.headers["User-Agent"] = os.environ["AGENT_NAME"]',
        'other = requests.Session()\nother.headers["Authorization"] = os.environ["SHOP_TOKEN"]',
        'session.headers["Accept"] = "application/json"',
    ],
)
def test_what_is_no_credential_or_on_another_client_is_none(fit: str) -> None:
    assert held(SERVER.format(made=f"session = requests.Session()\n{fit}", before="", client="session")) == ()


def held(text: str) -> tuple[str, ...]:
    (tool,) = analyze(tree_of({"server.py": text})).tools
    return tool.credentials


LIFESPAN = """
from contextlib import asynccontextmanager
from dataclasses import dataclass
from fastmcp import Context

@dataclass
class Life:
    token: str | None = None

@asynccontextmanager
async def lifespan(app):
    yield Life(token=os.getenv("SHOP_TOKEN"))

class Shop(FastMCP[Life]):
    pass

mcp = {server}("shop", lifespan=lifespan)

def client_of(ctx: Context):
    session = requests.Session()
    session.auth = ("shop", ctx.request_context.lifespan_context.token)
    return session
"""


@pytest.mark.parametrize("server", ["FastMCP", "Shop"])
def test_a_field_with_a_default_holds_what_a_lifespan_makes_it_with(server: str) -> None:
    text = SERVER.format(made=LIFESPAN.format(server=server), before="", client="client_of(ctx)")

    assert held(text.replace("cancel(order: str)", "cancel(ctx: Context, order: str)")) == ("SHOP_TOKEN",)


GATEWAY = """
import os
from fastmcp import Client, FastMCP
from fastmcp.client.transports import StreamableHttpTransport

mcp = FastMCP("gateway")
headers = {{"Authorization": f"Bearer {{os.environ['TOOLS_TOKEN']}}"}}
{made}

@mcp.tool
async def ask(question: str) -> str:
    {before}
    async with {client} as session:
        return str(await session.call_tool("ask", {{"question": question}}))

mcp.run(transport="http")
"""
TRANSPORT = 'StreamableHttpTransport("https://tools.internal/mcp", headers=headers)'
UPSTREAM = """
class Upstream:
    def __init__(self, url):
        self.client = Client(url, auth=os.environ["TOOLS_TOKEN"])

upstream = Upstream("https://tools.internal/mcp")
"""


@pytest.mark.parametrize(
    ("made", "before", "client"),
    [
        pytest.param("", f"transport = {TRANSPORT}", "Client(transport)", id="in the tool"),
        pytest.param(f"transport = {TRANSPORT}", "pass", "Client(transport)", id="transport of the module"),
        pytest.param(f"remote = Client({TRANSPORT})", "pass", "remote", id="client of the module"),
        pytest.param(UPSTREAM, "pass", "upstream.client", id="attribute of an object"),
    ],
)
def test_a_client_of_another_server_sends_what_its_transport_has(made: str, before: str, client: str) -> None:
    (tool,) = analyze(tree_of({"server.py": GATEWAY.format(made=made, before=before, client=client)})).tools

    assert (tool.credentials, tool.network) == (("TOOLS_TOKEN",), ("tools.internal",))
