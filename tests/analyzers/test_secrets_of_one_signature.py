"""Credentials that one tool, or several with parameters in common, has the model pass: one finding."""

from analyzers import analyze
from tests.analyzers.programs import fixed_by, tree_of

SERVER = """\
import httpx
from fastmcp import FastMCP

mcp = FastMCP("orders")


@mcp.tool
def order(number: str, api_key: str, client_secret: str) -> str:
    return httpx.get("https://orders.example.com/", auth=(api_key, client_secret)).text
MORE

mcp.run()
"""
ALIKE = """

@mcp.tool
def orders(api_key: str) -> str:
    return httpx.get("https://orders.example.com/all", headers={"X-Api-Key": api_key}).text
"""
OTHER = """

@mcp.tool
def carts(db_password: str) -> str:
    return httpx.get("https://carts.example.com/all", auth=("cart", db_password)).text
"""


def told(more: str) -> list[str]:
    report = analyze(tree_of({"server.py": SERVER.replace("MORE", more)}))
    return sorted(item.message for item in report.findings if item.rule == "secret-as-tool-parameter")


def test_the_credentials_of_one_signature_are_told_together() -> None:
    assert told("") == ["`order` has the model pass `api_key` and `client_secret`, credentials."]


def test_tools_with_a_credential_in_common_are_told_together() -> None:
    assert told(ALIKE) == ["2 tools have the model pass `api_key` or `client_secret`, a credential."]


def test_tools_with_other_credentials_are_told_apart() -> None:
    assert told(OTHER) == [
        "`carts` has the model pass `db_password`, a credential.",
        "`order` has the model pass `api_key` and `client_secret`, credentials.",
    ]


def test_the_credentials_of_one_signature_are_read_together() -> None:
    fix, changed = fixed_by({"server.py": SERVER.replace("MORE", "")}, "secret-as-tool-parameter")

    assert fix is not None
    assert fix.title == "Read `api_key` and `client_secret` from the environment (decide their names there)"
    assert 'def order(number: str) -> str:\n    api_key = os.environ["API_KEY"]\n' in changed["server.py"]
    assert '    client_secret = os.environ["CLIENT_SECRET"]\n' in changed["server.py"]
