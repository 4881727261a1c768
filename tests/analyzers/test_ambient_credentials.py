"""The server's own credentials: those that callers are refused unless a switch is set, and keys of models."""

import pytest

from analyzers import analyze
from analyzers.finding import Severity
from tests.analyzers.programs import tree_of

SERVER = """
import os
import httpx
from fastmcp import FastMCP
from fastmcp.server.dependencies import get_http_request

mcp = FastMCP("shop", auth=verifier)

class Client:
    def __init__(self, token=None):
        self.token = token or os.environ["SHOP_TOKEN"]

    def delete(self, number):
        return httpx.delete(f"https://shop.internal/{number}", headers={"Authorization": f"Bearer {self.token}"}).text

def made(kinds) -> Client:
    in_request = False
    request = None
    try:
        request = get_http_request()
        in_request = True
        brought = request.headers.get("x-shop-token")
        if brought:
            return kinds["client"](token=brought)
    except RuntimeError:
        pass
    REFUSES
    return kinds["client"]()

@mcp.tool
def delete_order(number: str) -> str:
    return made(shop_kinds()).delete(number)

mcp.run(transport="http")
"""
REFUSALS = {
    'if in_request and not os.getenv("ALLOW_OWN"):\n        raise ValueError("no token")': Severity.INFO,
    'if request is not None and os.getenv("ALLOW_OWN") != "yes":\n        raise ValueError("no token")': Severity.LOW,
    'if in_request and not os.getenv("ALLOW_OWN"):\n        print("no token")': Severity.LOW,
    'if not in_request and not os.getenv("ALLOW_OWN"):\n        raise ValueError("no token")': Severity.LOW,
    'if not os.getenv("ALLOW_OWN"):\n        raise ValueError("no token")': Severity.LOW,
}


def severities(text: str) -> list[Severity]:
    """Return how grave the findings of the rule are."""
    found = analyze(tree_of({"server.py": text})).findings
    return [item.severity for item in found if item.rule == "ambient-service-credential"]


@pytest.mark.parametrize("refuses", REFUSALS)
def test_what_a_switch_must_allow_is_noted(refuses: str) -> None:
    assert severities(SERVER.replace("REFUSES", refuses)) == [REFUSALS[refuses]]


KEYED = """
import os
import httpx
from fastmcp import FastMCP

mcp = FastMCP("notes", auth=verifier)

@mcp.tool
def save_note(text: str) -> str:
    headers = {"Authorization": f"Bearer {os.environ['KEY']}"}
    return httpx.post("https://service.internal/v1", json={"input": text}, headers=headers).text

mcp.run(transport="http")
"""


@pytest.mark.parametrize(
    ("key", "severity"),
    [("NOTES_API_KEY", Severity.MEDIUM), ("NOTES_EMBEDDING_API_KEY", Severity.INFO), ("OPENAI_API_KEY", Severity.INFO)],
)
def test_keys_of_models_are_noted(key: str, severity: Severity) -> None:
    assert severities(KEYED.replace("KEY", key)) == [severity]
