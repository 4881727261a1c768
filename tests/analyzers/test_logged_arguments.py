"""Arguments of calls that are logged whole, with a credential among them."""

from collections.abc import Callable

import pytest

from analyzers import Report

SERVER = """
import json
import logging
from mcp.server import Server

logger = logging.getLogger(__name__)
server = Server("shop")

@server.call_tool()
async def call(name: str, arguments: dict) -> list:
    {log}
    user = users.{method}(arguments.get("{key}"))
    if name == "orders":
        return await orders(user, arguments["query"])
    raise ValueError(name)
"""
WHOLE = 'logger.info("called %s", name, extra={"given": arguments})'


def _found(report: Report) -> list[int]:
    return [finding.location.line for finding in report.findings if finding.rule == "secret-in-log"]


@pytest.mark.parametrize(
    ("log", "method", "key", "found"),
    [
        (WHOLE, "verify_token", "token", [11]),
        ('logger.info(f"called {name}: {json.dumps(arguments)}")', "find", "api_key", [11]),
        ('logger.warning("called %s", {"name": name, **arguments})', "find", "password", [11]),
        # What no verifier is given may be a currency, and what is read in no name's way no credential.
        (WHOLE, "find", "token", []),
        (WHOLE, "find", "page_token", []),
        ('logger.info("called %s", sorted(arguments))', "find", "api_key", []),
        ('logger.info("called %s", masked(arguments))', "find", "api_key", []),
        ('logger.info("called %s", arguments["query"])', "find", "api_key", []),
    ],
)
def test_all_arguments_of_a_call_are_a_leak_where_a_credential_is_among_them(
    scan: Callable[[dict[str, str]], Report], log: str, method: str, key: str, found: list[int]
) -> None:
    program = SERVER.replace("{log}", log).replace("{method}", method).replace("{key}", key)

    assert _found(scan({"server.py": program})) == found


def test_what_is_taken_out_of_the_arguments_is_not_logged_with_them(scan: Callable[[dict[str, str]], Report]) -> None:
    program = SERVER.replace("{log}", f'key = arguments.pop("api_key")\n    {WHOLE}').replace("{method}", "find")

    assert _found(scan({"server.py": program.replace("{key}", "name")})) == []


def test_helpers_that_no_caller_fills_write_no_arguments_of_calls(scan: Callable[[dict[str, str]], Report]) -> None:
    program = SERVER.replace("@server.call_tool()\nasync ", "").replace("await ", "")
    program = program.replace("{log}", WHOLE).replace("{method}", "find").replace("{key}", "api_key")

    assert _found(scan({"server.py": program})) == []
