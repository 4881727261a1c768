"""What is answered once a result was asked for its type holds no secret of a result of another type."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

SERVER = """
import os
from fastmcp import FastMCP

mcp = FastMCP("shop")

class Client:
    def __init__(self, key):
        self.key = key

def key(store) -> str | dict:
    if store is not None:
        return store.get("shop")
    found = os.getenv("SHOP_API_KEY", "").strip()
    return found if found else {"error": "no key", "help": "Set SHOP_API_KEY"}

def credentials(store) -> tuple | dict:
    token = os.getenv("SHOP_TOKEN")
    if not token:
        return {"error": "no token"}
    return token, "https://shop.example"

def settings() -> dict:
    token = os.getenv("SHOP_TOKEN")
    if not token:
        return {"error": "no token"}
    return {"token": token}

def client(store):
    found = key(store)
    if isinstance(found, dict):
        return found
    return Client(found)

@mcp.tool
def orders(number: str) -> dict:
    ASKED
    return {"orders": number}

mcp.run(transport="http")
"""


def _told(asked: str) -> int:
    text = SERVER.replace("ASKED", "\n    ".join(asked.strip().splitlines()))
    report = analyze(tree_of({"server.py": text}))
    return sum(finding.rule == "secret-returned-to-model" for finding in report.findings)


@pytest.mark.parametrize(
    "asked",
    [
        "found = credentials(None)\nif isinstance(found, dict):\n    return found",
        "found = credentials(None)\nif not isinstance(found, tuple):\n    return found",
        "found = key(None)\nif isinstance(found, dict) and number:\n    return found",
        "found = key(None)\nif isinstance(found, (dict, list)):\n    return found",
        "found = client(None)\nif isinstance(found, dict):\n    return found",
        'found = settings()\nif "error" in found:\n    return found',
    ],
)
def test_what_is_of_the_type_asked_for_holds_no_secret_of_another(asked: str) -> None:
    assert _told(asked) == 0


@pytest.mark.parametrize(
    "asked",
    [
        "found = credentials(None)\nif isinstance(found, tuple):\n    return found",
        "found = credentials(None)\nif number:\n    return found",
        "found = key(None)\nif isinstance(found, (dict, str)):\n    return found",
        "found = key(None)\nother = credentials(None)\nif isinstance(other, dict):\n    return found",
        'found = settings()\nif "token" in found:\n    return found',
        'found = settings()\nif "error" not in found:\n    return found',
        "found = settings()\nif isinstance(found, dict):\n    return found",
    ],
)
def test_what_may_be_the_secret_is_told(asked: str) -> None:
    assert _told(asked) == 1
