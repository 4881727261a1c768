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


STATUS = """
import os
from fastmcp import FastMCP

mcp = FastMCP("shop")

def opened(shop: str) -> dict:
    token = os.getenv("SHOP_TOKEN")
    if not token:
        return {"status": "error", "message": "no token for " + shop, "ok": False}
    return {"status": "success", "token": token, "shop": shop, "ok": True}

def within(shop: str) -> dict:
    found = opened(shop)
    if ASKED:
        return found
    return {"status": "success"}

def said(name: str, hint: str) -> dict:
    return {"status": "info", "message": "opened " + name}

def checked(shop: str) -> dict:
    found = opened(shop)
    if found["status"] != "success":
        return found
    return said(found[KEY], found["token"])

@mcp.tool
def orders(number: str) -> dict:
    return CALL

mcp.run(transport="http")
"""


def _told_of_status(asked: str, call: str = 'within("one")', key: str = "shop") -> int:
    text = STATUS.replace("ASKED", asked).replace("CALL", call).replace("KEY", repr(key))
    report = analyze(tree_of({"server.py": text}))
    return sum(finding.rule == "secret-returned-to-model" for finding in report.findings)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ('found["status"] != "success"', 0),
        ('found.get("status") == "error"', 0),
        ('not found.get("ok")', 0),
        ('found["status"] == "success"', 1),
        ('found.get("ok")', 1),
        ('found.get("shop") != "two"', 1),
        ('number_of("success")', 1),
    ],
)
def test_a_result_is_told_apart_by_its_status(asked: str, told: int) -> None:
    assert _told_of_status(asked) == told


@pytest.mark.parametrize(("key", "told"), [("shop", 0), ("token", 1)])
def test_what_another_function_is_given_counts_by_its_parameter(key: str, told: int) -> None:
    assert _told_of_status("True", 'checked("one")', key) == told
