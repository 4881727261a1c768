"""Functions that always raise, of another file as of the same."""

import textwrap

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
from pathlib import Path
from fastmcp import FastMCP
{imported}

mcp = FastMCP("notes")
ROOT = Path("/srv/notes")

{defined}

@mcp.tool
async def read(name: str, parts: list[str]) -> str:
{body}

mcp.run(transport="http")
"""
REFUSE = """
class Refused(Exception): ...

def refuse(text):
    print(text)
    raise Refused(text)

def stop(text):
    refuse(f"stop: {text}")

async def later(text):
    raise Refused(text)

def complain(text):
    print(text)
"""
NAMES = "Refused, complain, later, refuse, stop"
PATH = "path = (ROOT / name).resolve()\n"
HOLDING = {
    "a condition": """
        if not path.is_relative_to(ROOT):
            print(path)
            refuse("outside")
        return path.read_text()
    """,
    "a condition that is met": """
        if path.is_relative_to(ROOT):
            found = path
        else:
            refuse("outside")
        return found.read_text()
    """,
    "a handler": """
        try:
            path.relative_to(ROOT)
        except ValueError as error:
            refuse(f"outside: {error}")
        return path.read_text()
    """,
    "two handlers": """
        try:
            path.relative_to(ROOT)
        except ValueError:
            raise
        except TypeError:
            refuse("no path")
        return path.read_text()
    """,
    "one that hands on": """
        if not path.is_relative_to(ROOT):
            stop("outside")
        return path.read_text()
    """,
    "one that is awaited": """
        if not path.is_relative_to(ROOT):
            await later("outside")
        return path.read_text()
    """,
    "a condition in a loop": """
        for part in parts:
            if not path.is_relative_to(ROOT):
                refuse("outside")
            path.read_text()
        return ""
    """,
    "a loop behind it": """
        if not path.is_relative_to(ROOT):
            refuse("outside")
        for part in parts:
            print(part)
        try:
            print(name)
        except ValueError:
            pass
        return path.read_text()
    """,
    "every round of a loop": """
        for part in parts:
            if not path.is_relative_to(ROOT):
                refuse(part)
        return path.read_text()
    """,
}
PASSING = {
    "one that comes back": """
        if not path.is_relative_to(ROOT):
            complain("outside")
        return path.read_text()
    """,
    "one that is not awaited": """
        if not path.is_relative_to(ROOT):
            later("outside")
        return path.read_text()
    """,
    "an error that is caught": """
        try:
            if not path.is_relative_to(ROOT):
                refuse("outside")
        except Refused:
            print("refused")
        return path.read_text()
    """,
    "another handler": """
        try:
            path.relative_to(ROOT)
        except ValueError:
            print("outside")
        except TypeError:
            refuse("no path")
        return path.read_text()
    """,
    "a condition within another": """
        if parts:
            if not path.is_relative_to(ROOT):
                refuse("outside")
        return path.read_text()
    """,
}


def is_told(body: str, *, imported: bool) -> bool:
    text = SERVER.format(
        imported=f"from errors import {NAMES}" if imported else "",
        defined="" if imported else REFUSE,
        body=textwrap.indent(PATH + textwrap.dedent(body).strip(), "    "),
    )
    files = {"server.py": text, "errors.py": REFUSE} if imported else {"server.py": text}
    return any(item.rule == "path-traversal" for item in analyze(tree_of(files)).findings)


@pytest.mark.parametrize("imported", [False, True])
@pytest.mark.parametrize("body", HOLDING.values(), ids=HOLDING.keys())
def test_what_a_refusal_leaves_out_is_known_behind_it(body: str, imported: bool) -> None:
    assert not is_told(body, imported=imported)


@pytest.mark.parametrize("imported", [False, True])
@pytest.mark.parametrize("body", PASSING.values(), ids=PASSING.keys())
def test_what_gets_past_a_refusal_is_told(body: str, imported: bool) -> None:
    assert is_told(body, imported=imported)


BASE = """
from errors import refuse

class Checker:
    def fail(self, text):
        refuse(text)

    def check(self, text):
        raise NotImplementedError

class Own(Checker):
    def check(self, text):
        print(text)
"""
METHODS = """
from pathlib import Path
from fastmcp import FastMCP
from base import Own

mcp = FastMCP("notes")
ROOT = Path("/srv/notes")
own = Own()

@mcp.tool
def read(name: str) -> str:
    path = (ROOT / name).resolve()
    if not path.is_relative_to(ROOT):
        own.{method}("outside")
    return path.read_text()

mcp.run(transport="http")
"""


@pytest.mark.parametrize(("method", "told"), [("fail", False), ("check", True)])
def test_methods_that_always_raise_refuse_and_abstract_ones_do_not(method: str, told: bool) -> None:
    files = {"server.py": METHODS.format(method=method), "base.py": BASE, "errors.py": REFUSE}

    assert any(item.rule == "path-traversal" for item in analyze(tree_of(files)).findings) is told


SCOPED = """
from fastmcp import FastMCP
from fastmcp.server.auth import JWTVerifier
from fastmcp.server.dependencies import get_access_token
from errors import {refuse} as refuse

mcp = FastMCP("shop", auth=JWTVerifier(jwks_uri="https://id.example/keys", issuer="i", audience="a"))

@mcp.tool
def cancel(order: str) -> None:
    token = get_access_token()
    if token is None or "orders:cancel" not in token.scopes:
        refuse("forbidden")
    open("/srv/orders", "a").write(order)

mcp.run(transport="http")
"""


@pytest.mark.parametrize(("refuse", "kind"), [("refuse", "per_tool"), ("complain", "none")])
def test_a_call_is_denied_by_what_always_raises(refuse: str, kind: str) -> None:
    files = {"server.py": SCOPED.format(refuse=refuse), "errors.py": REFUSE}

    assert [row.authorization.kind for row in analyze(tree_of(files)).tools] == [kind]
