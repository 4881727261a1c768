"""A call that `functools.partial` prepares does what it comes to, with all that it was given, wherever it is made."""

import pytest

from analyzers import Report, analyze
from tests.analyzers.programs import tree_of

SERVER = """
import asyncio
import functools
import anyio
import httpx
from functools import partial
from fastmcp import FastMCP

mcp = FastMCP("pages")

def send(method, url, body=None):
    return httpx.request(method, url, json=body).text

def run(fn, *args):
    return fn(*args)

async def aside(fn, *args, **kwargs):
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(None, partial(fn, *args, **kwargs))

@mcp.tool
async def act(url: str) -> str:
    BODY

mcp.run(transport="http")
"""
DELETES = {
    "called": 'call = partial(send, "DELETE")\n    return call(url)',
    "by keyword": 'call = functools.partial(send, method="DELETE")\n    return call(url=url)',
    "of a library": 'call = partial(httpx.request, "DELETE")\n    return call(url).text',
    "with another method instead": 'call = partial(send, method="GET", url=url)\n    return call(method="DELETE")',
    "prepared twice": 'return partial(partial(send, "DELETE"), body=1)(url)',
    "in a thread": 'return await asyncio.to_thread(partial(send, "DELETE", url))',
    "in a thread, with the rest": 'return await anyio.to_thread.run_sync(partial(send, "DELETE"), url)',
    "in an executor": 'call = partial(send, "DELETE", url=url)\n    loop = asyncio.get_running_loop()\n'
    "    return await loop.run_in_executor(None, call)",
    "of a library in a thread": 'return await asyncio.to_thread(partial(httpx.request, "DELETE", url))',
    "given to a function": 'return run(partial(send, "DELETE"), url)',
    "given to one that hands it on": 'return await aside(send, "DELETE", url)',
    "over all of a list": 'return list(map(partial(send, "DELETE"), [url]))',
}


def report_of(body: str) -> Report:
    """Return what is said of a server whose tool has a body."""
    return analyze(tree_of({"server.py": SERVER.replace("BODY", body)}))


@pytest.mark.parametrize("body", DELETES.values(), ids=DELETES)
def test_it_does_what_it_comes_to(body: str) -> None:
    report = report_of(body)
    (row,) = report.tools

    assert row.capabilities == ("destroy",)
    assert [one.rule for one in report.findings if one.rule.startswith("ssrf")] == ["ssrf-model-controlled-host"]


CHECKED = """if url not in ("https://a.example", "https://b.example"):
        raise ValueError(url)
    return await asyncio.to_thread(partial(send, "DELETE", url))"""
FIXED = """call = partial(send, "GET", "https://pages.example")
    return call(url)"""


@pytest.mark.parametrize("body", [CHECKED, FIXED], ids=["checked before", "of an address that is fixed"])
def test_what_is_known_of_what_it_is_given_holds(body: str) -> None:
    assert [one.rule for one in report_of(body).findings if one.rule.startswith("ssrf")] == []


def test_a_decorator_that_is_prepared_declares_a_tool() -> None:
    declared = """
        from functools import partial
        from fastmcp import FastMCP

        mcp = FastMCP("pages")
        tool = partial(mcp.tool, annotations={"destructiveHint": True})

        @tool
        def first() -> str:
            return ""

        @tool(name="second")
        def named() -> str:
            return ""
        """

    assert [row.name for row in analyze(tree_of({"server.py": declared})).tools] == ["first", "second"]


KEPT = {
    "by a module": 'delete = partial(send, "DELETE")',
    "by a module, of a library": 'delete = partial(httpx.request, "DELETE")',
    "by a module, prepared twice": 'over = partial(send, body=None)\ndelete = partial(over, "DELETE")',
    "by an object": """
class Client:
    def __init__(self):
        self.http = httpx.Client()
        self.delete = partial(self.http.request, "DELETE")

delete = Client().delete
""",
    "by a class": """
class Client:
    def send(self, method, url):
        return httpx.request(method, url).text

    read = functools.partialmethod(send, "GET")
    delete = functools.partialmethod(send, "DELETE")

delete = Client().delete
""",
    "by who makes it": 'def sender(method):\n    return partial(send, method)\n\ndelete = sender("DELETE")',
    "in a table": 'TABLE = {"read": partial(send, "GET"), "delete": partial(send, "DELETE")}\ndelete = TABLE["delete"]',
}


@pytest.mark.parametrize(("address", "network"), [("url", "any host"), ('"https://a.example/"', "a.example")])
@pytest.mark.parametrize("kept", KEPT.values(), ids=KEPT)
def test_it_does_so_where_it_was_kept(kept: str, address: str, network: str) -> None:
    text = SERVER.replace("@mcp.tool", f"{kept}\n\n@mcp.tool").replace("BODY", f"delete({address})\n    return ''")
    (row,) = analyze(tree_of({"server.py": text})).tools

    assert (row.capabilities, row.network) == (("destroy",), (network,))


def test_a_tool_that_is_prepared_in_a_table_is_the_function_it_is_made_of() -> None:
    text = SERVER.replace("@mcp.tool\nasync def act(url: str) -> str:\n    BODY\n", "") + (
        "def remove(client, url: str) -> str:\n    return client.delete(url).text\n\n"
        'for name, handler in {"remove": partial(remove, httpx)}.items():\n    mcp.tool(name=name)(handler)\n'
    )
    (row,) = analyze(tree_of({"server.py": text})).tools

    assert (row.name, row.line, row.capabilities) == (
        "remove",
        text[: text.index("def remove")].count("\n") + 1,
        ("destroy",),
    )
