"""Tools that find the credential of a request to be right by themselves, where their server authenticates nobody."""

import textwrap

import pytest

from analyzers import Report, analyze
from tests.analyzers.programs import tree_of

OPEN, ALIKE = "unauthenticated-network-server", "missing-per-tool-authorization"
SERVER = """
import functools
import hmac
import os
import httpx
import jwt
from mcp.server.fastmcp import FastMCP
from pydantic_settings import BaseSettings

server = FastMCP("shop", host="0.0.0.0")
KEY = os.environ["KEY"]

def bearer() -> str:
    header = server.get_context().request_context.request.headers.get("authorization")
    return header.split(" ", 1)[1] if header and header.lower().startswith("bearer ") else ""

def decoded(token: str) -> dict:
    return jwt.decode(token, KEY, algorithms=["RS256"], audience="shop", issuer="idp", options={"require": ["exp"]})

class Settings(BaseSettings):
    api_key: str
    open: bool = False
    strict: bool = False

settings = Settings()
CHECK
@server.tool()
def list_orders() -> str:
    ASKED
    return httpx.get("https://shop.internal/orders", headers={"X-Api-Key": os.environ["SHOP_KEY"]}).text

@server.tool()
DECORATED
def delete_order(number: str) -> str:
    ASKED
    httpx.delete("https://shop.internal/orders", params={"n": number}, headers={"X-Api-Key": os.environ["SHOP_KEY"]})
    return "ok"

server.run(transport="streamable-http")
"""
ASKING = {
    "a verified token": """
        def check(token):
            decoded(token)
    """,
    "a key": """
        def check(token):
            if not hmac.compare_digest(token, KEY):
                raise PermissionError("no")
    """,
    "a key of the settings": """
        def check(token):
            if token != settings.api_key:
                raise PermissionError("no")
    """,
    "one of several keys": """
        KEYS = frozenset(os.environ["KEYS"].split(","))

        def check(token):
            if server.get_context().request_context.request.headers.get("x-api-key") not in KEYS:
                raise PermissionError("no")
    """,
    "an error that is told in other words": """
        def check(token):
            try:
                decoded(token)
            except jwt.InvalidTokenError as error:
                raise PermissionError("no") from error
    """,
    "unless somebody turns it off": """
        def check(token):
            if settings.open:
                return
            decoded(token)
    """,
    "unless a variable is set": """
        def check(token):
            if not os.getenv("OPEN"):
                decoded(token)
    """,
    "asked twice, and turned off by one switch": """
        def check(token):
            if not token:
                if not settings.open:
                    raise PermissionError("no token")
            if not settings.open and token:
                decoded(token)
    """,
}
ASKING_NOBODY = {
    "only where a token is given": """
        def check(token):
            if token:
                decoded(token)
    """,
    "not what the token is": """
        def check(token):
            if not token:
                raise PermissionError("no token")
    """,
    "only the scheme": """
        def check(token):
            header = server.get_context().request_context.request.headers.get("authorization")
            if header.split(" ")[0] != "Bearer":
                raise PermissionError("no")
    """,
    "one of several schemes": """
        def check(token):
            header = server.get_context().request_context.request.headers.get("authorization")
            if header.split(" ")[0] not in ("Bearer", "bearer"):
                raise PermissionError("no")
    """,
    "none of the keys that are gone": """
        REVOKED = frozenset(os.environ["REVOKED"].split(","))

        def check(token):
            if server.get_context().request_context.request.headers.get("x-api-key") in REVOKED:
                raise PermissionError("no")
    """,
    "with an error that is swallowed": """
        def check(token):
            try:
                decoded(token)
            except jwt.InvalidTokenError:
                pass
    """,
    "with an answer that nobody reads": """
        def check(token):
            try:
                decoded(token)
            except jwt.InvalidTokenError:
                return False
            return True
    """,
    "with a token of its own": """
        def check(token):
            decoded(os.environ["OWN"])
    """,
    "without the signature": """
        def check(token):
            jwt.decode(token, options={"verify_signature": False})
    """,
    "only once a setting asks for it": """
        def check(token):
            if not settings.strict:
                return
            decoded(token)
    """,
    "only once a variable is set": """
        def check(token):
            if os.getenv("STRICT"):
                decoded(token)
    """,
}
DECORATOR = """
def authenticated(function):
    @functools.wraps(function)
    def run(*args, **kwargs):
        decoded(bearer())
        return function(*args, **kwargs)
    return run
"""


def report_on(check: str, asked: str = "check(bearer())", decorated: str = "") -> Report:
    text = SERVER.replace("CHECK", textwrap.dedent(check)).replace("ASKED", asked).replace("DECORATED", decorated)
    report = analyze(tree_of({"server.py": text}))
    assert report.failures == ()
    return report


def told_of(report: Report) -> dict[str, set[str]]:
    return {
        rule: {tool.rpartition(":")[2] for found in report.findings if found.rule == rule for tool in found.tools}
        for rule in (OPEN, ALIKE)
    }


@pytest.mark.parametrize("check", ASKING.values(), ids=ASKING)
def test_tools_that_ask_for_a_valid_credential_are_open_to_those_who_have_one(check: str) -> None:
    report = report_on(check)

    assert told_of(report) == {OPEN: set(), ALIKE: {"list_orders", "delete_order"}}
    assert {row.authorization.kind for row in report.tools} == {"uniform"}


@pytest.mark.parametrize("check", ASKING_NOBODY.values(), ids=ASKING_NOBODY)
def test_tools_that_let_callers_pass_without_one_are_open_to_everyone(check: str) -> None:
    assert told_of(report_on(check)) == {OPEN: {"list_orders", "delete_order"}, ALIKE: set()}


def test_an_answer_that_is_asked_for_refuses_as_well() -> None:
    check = ASKING_NOBODY["with an answer that nobody reads"]

    assert told_of(report_on(check, 'if not check(bearer()): return "no"'))[OPEN] == set()


def test_a_decorator_asks_for_the_tool_that_it_is_around() -> None:
    report = report_on(DECORATOR, "pass", "@authenticated")

    assert told_of(report) == {OPEN: {"list_orders"}, ALIKE: {"delete_order"}}
    (told,) = [found for found in report.findings if found.rule == ALIKE]
    assert told.message == "`delete_order` runs for every caller that passes `decoded`."


def test_a_tool_that_is_given_the_key_asks_for_it_but_one_that_is_given_a_mode_does_not() -> None:
    by_key = "def check(token):\n    pass\n\n@server.tool()\ndef drop(api_key: str) -> str:\n    NAMED\n"
    by_key += (
        '    return httpx.delete("https://shop.internal/all", headers={"X-Api-Key": os.environ["SHOP_KEY"]}).text\n'
    )
    refuse = '    if api_key != settings.api_key:\n        raise PermissionError("no")'
    asking = by_key.replace("    NAMED", refuse)

    assert "drop" not in told_of(report_on(asking))[OPEN]
    assert (
        "drop" in told_of(report_on(asking.replace("api_key: str", "mode: str").replace("if api_key", "if mode")))[OPEN]
    )
