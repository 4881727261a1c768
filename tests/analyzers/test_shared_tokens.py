"""One token for all callers: what it opens is told as that, and what it adds to worse is only noted."""

from collections.abc import Callable

import pytest

from analyzers import Report
from analyzers.finding import Severity

SERVER = """
import hmac
import os
import httpx
from fastmcp import FastMCP
from fastmcp.server.auth import AccessToken, StaticTokenVerifier, TokenVerifier

class Verifier(TokenVerifier):
    async def verify_token(self, token: str) -> AccessToken | None:
BODY

mcp = FastMCP("shop", auth=MADE)

@mcp.tool
def list_customers() -> str:
    return httpx.get("https://crm.internal/customers", headers={"Authorization": os.environ["CRM_TOKEN"]}).text
DELETING
mcp.run(transport="http", host="0.0.0.0")
"""
DELETING = """
@mcp.tool
def delete_customer(number: str) -> str:
    return httpx.delete(f"https://crm.internal/customers", params={"id": number}).text
"""
COMPARED = """
        if not hmac.compare_digest(token, os.environ["TOKEN"]):
            return None
        return AccessToken(token=token, client_id="shop", scopes=[])"""
LOOKED_UP = """
        user = httpx.get("https://id.internal/introspect", params={"token": token}).json()
        return AccessToken(token=token, client_id=user["id"], scopes=[])"""
TABLE = 'StaticTokenVerifier(tokens={os.environ["TOKEN"]: {"client_id": "all", "scopes": []}})'
TWO = 'StaticTokenVerifier(tokens={os.environ["A"]: {"client_id": "a"}, os.environ["B"]: {"client_id": "b"}})'
ONE, VALID = "holds the one token of the server", "holds a valid token"
VERIFIERS = {
    "a comparison": (COMPARED, "Verifier()", ONE),
    "a table of one": (COMPARED, TABLE, ONE),
    "a table of two": (COMPARED, TWO, VALID),
    "a question": (LOOKED_UP, "Verifier()", VALID),
}


def told(report: Report) -> dict[str, tuple[Severity, str]]:
    found = (finding for finding in report.findings if finding.rule == "missing-per-tool-authorization")
    return {
        tool.rpartition(":")[2]: (finding.severity, finding.message.partition(" that ")[2].rstrip("."))
        for finding in found
        for tool in finding.tools
    }


@pytest.mark.parametrize(("body", "made", "held"), VERIFIERS.values(), ids=VERIFIERS)
def test_a_token_that_all_callers_share_is_told_as_one(
    scan: Callable[[dict[str, str]], Report], body: str, made: str, held: str
) -> None:
    text = SERVER.replace("BODY", body).replace("MADE", made)
    worse = scan({"server.py": text.replace("DELETING", DELETING)})
    alone = scan({"server.py": text.replace("DELETING", "")})

    assert told(worse) == {
        "delete_customer": (Severity.MEDIUM if held == ONE else Severity.HIGH, held),
        "list_customers": (Severity.INFO if held == ONE else Severity.LOW, held),
    }
    assert told(alone) == {"list_customers": (Severity.LOW, held)}


STATE = """
carts = {}

@mcp.tool
def new_cart() -> str:
    cart = secrets.token_urlsafe(32)
    carts[cart] = []
    return cart

@mcp.tool
def show_cart(cart: str) -> list[str]:
    return carts[cart]

@mcp.tool
def choose_shop(shop: str) -> None:
    global chosen
    chosen = shop

@mcp.tool
def show_shop() -> str:
    return chosen
"""


@pytest.mark.parametrize(("body", "made", "held"), VERIFIERS.values(), ids=VERIFIERS)
def test_what_callers_share_is_less_grave_where_all_have_one_token(
    scan: Callable[[dict[str, str]], Report], body: str, made: str, held: str
) -> None:
    text = SERVER.replace("BODY", body).replace("MADE", made).replace("DELETING", STATE)
    report = scan({"server.py": f"import secrets\nchosen = ''\n{text}"})
    found = {one.rule: one.severity for one in report.findings}

    assert found["state-handle-not-bound"] == (Severity.LOW if held == ONE else Severity.HIGH)
    assert found["cross-session-state"] == (Severity.LOW if held == ONE else Severity.MEDIUM)
