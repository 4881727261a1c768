"""Headers of requests as an application of ASGI is given them, in the log."""

import pytest

from analyzers.frameworks.disclosure import names_secret
from analyzers.rules.assume_breach.secret_in_log import SecretInLog
from tests.analyzers.rules.test_rules import of_rule, plain_files, report_on

SERVER = """
import logging
from fastmcp import FastMCP

log = logging.getLogger(__name__)
mcp = FastMCP("crm")

class Authentication:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        self.read(scope)
        await self.app(scope, receive, send)

    def read(self, scope):
        headers = dict(scope.get("headers", []))
        sent = headers.get(b"authorization", b"").decode()
        self.parse(sent)

    def parse(self, auth_header: str):
        value = auth_header.strip()
        log.info("signed in with %s", {logged})

@mcp.tool
def find(name: str) -> str:
    return name

app = mcp.http_app()
app.add_middleware(Authentication)
"""


@pytest.mark.parametrize(
    ("logged", "told"),
    [
        ("value", True),
        ("value.split(' ')[0] if ' ' in value else value", True),
        ("value.split(' ')[1]", True),
        ("value.split('.')[0]", True),
        ("value.split(' ')[0]", False),
        ("value.split()[0] if ' ' in value else 'nothing'", False),
        ("bool(value)", False),
    ],
)
def test_a_raw_header_is_a_credential_and_its_first_word_is_none(logged: str, told: bool) -> None:
    report = report_on(plain_files({"server.py": SERVER.format(logged=logged)}))

    assert bool(of_rule(report, SecretInLog())) is told


def test_a_header_that_is_no_credential_may_be_logged() -> None:
    text = SERVER.format(logged="value").replace('b"authorization"', 'b"user-agent"').replace("auth_header", "agent")

    assert not of_rule(report_on(plain_files({"server.py": text})), SecretInLog())


def test_what_unlocks_a_device_is_a_secret_and_what_turns_one_on_is_not() -> None:
    assert [names_secret(name) for name in ("enable_password", "enable_access_token")] == [True, False]
