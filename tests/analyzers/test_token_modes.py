"""Tokens that are only taken up where other modes of the process are off."""

import pytest

from analyzers import analyze
from analyzers.finding import Confidence, Severity
from tests.analyzers.programs import tree_of

SERVER = """\
import os
import httpx
from dataclasses import dataclass
from fastmcp import FastMCP
from fastmcp.server.dependencies import get_access_token

@dataclass
class Settings:
    mode: str | None = None
    use_robot: bool = DEFAULT
    use_forms: bool = DEFAULT

    def __post_init__(self) -> None:
        POST

settings = Settings(mode=os.environ.get("MODE"))
mcp = FastMCP("shop", auth=verifier)
_kept = None

class Client:
    def __init__(self, token: str) -> None:
        self.token = token

    def get(self, path: str) -> str:
        return httpx.get(f"https://orders.internal/{path}", headers={"Authorization": f"Bearer {self.token}"}).text

def signed_in() -> Client:
    return Client(get_access_token().token)

def client() -> Client:
BODY

@mcp.tool
def list_orders() -> str:
    return client().get("all")

@mcp.tool
def list_carts() -> str:
    return client().get("carts")

mcp.run(transport="http")
"""
LAST = "    return signed_in()"
ROBOT = """\
    if settings.use_robot:
        return Client(os.environ["ROBOT_TOKEN"])
"""
FORMS = """\
    if settings.use_forms:
        return Client(os.environ["FORMS_TOKEN"])
"""
DERIVED = 'self.use_robot = resolved(self.mode) == "robot"; self.use_forms = resolved(self.mode) == "forms"'
NEEDED = """\
    if not settings.mode:
        return Client("")
"""
KEPT = """\
    global _kept
    if _kept is not None:
        return wrapped(_kept)
"""


def told(body: str, default: str = "False", post: str = "pass") -> list[tuple[Severity, Confidence]]:
    text = SERVER.replace("DEFAULT", default).replace("POST", post).replace("BODY", body + LAST)
    found = [item for item in analyze(tree_of({"server.py": text})).findings if item.rule == "token-passthrough"]
    return [(item.severity, item.confidence) for item in found]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (ROBOT, (Severity.HIGH, Confidence.MEDIUM)),
        (ROBOT + FORMS, (Severity.MEDIUM, Confidence.LOW)),
    ],
)
def test_each_mode_that_has_to_be_off_makes_a_token_less_sure(body: str, expected: tuple[Severity, Confidence]) -> None:
    assert told(body, post=DERIVED) == [expected]


@pytest.mark.parametrize("body", ["", ROBOT + FORMS])
def test_modes_that_are_off_by_default_leave_a_token_as_sure(body: str) -> None:
    assert told(body) == [(Severity.HIGH, Confidence.HIGH)]


@pytest.mark.parametrize("body", [NEEDED, KEPT])
def test_what_has_to_be_set_and_what_was_kept_is_no_other_mode(body: str) -> None:
    assert told(body, post=DERIVED) == [(Severity.HIGH, Confidence.HIGH)]
