"""What findings about several credentials or effects tell of: one cause at a time, and what is done by it."""

from analyzers import analyze
from tests.analyzers.programs import tree_of

EITHER = """
import os
import httpx
from fastmcp import FastMCP
from fastmcp.server.auth.providers.jwt import JWTVerifier

mcp = FastMCP("crm", auth=JWTVerifier(jwks_uri="https://id.example/jwks", audience="crm"))
TOKEN = os.environ.get("CRM_TOKEN") or os.environ["CRM_API_KEY"]

def headers() -> dict[str, str]:
    return {"Authorization": f"Bearer {TOKEN}"}

@mcp.tool
def remove(number: int) -> str:
    return httpx.delete(f"https://crm.example/orders/{number}", headers=headers()).text

@mcp.tool
def pay(number: int) -> str:
    key = {"Authorization": os.environ["CRM_API_KEY"]}
    return httpx.post(f"https://crm.example/bills/{number}", headers=key).text

@mcp.tool
def mail(number: int) -> str:
    key = {"Authorization": os.environ["MAIL_KEY"]}
    return httpx.post(f"https://mail.example/{number}", headers=key).text

mcp.run(transport="http")
"""


def test_credentials_of_which_one_request_takes_either_are_one_finding() -> None:
    found = [item for item in analyze(tree_of({"server.py": EITHER})).findings if "ambient" in item.rule]

    assert sorted(item.message for item in found) == [
        "`mail` acts with `MAIL_KEY`, whoever calls.",
        "`pay`, `remove` act with `CRM_API_KEY`, `CRM_TOKEN`, whoever calls.",
    ]


WHOSE = """
import httpx
from pathlib import Path
from fastmcp import FastMCP
from fastmcp.server.auth.providers.jwt import JWTVerifier
from fastmcp.server.dependencies import get_access_token

mcp = FastMCP("mail", auth=JWTVerifier(jwks_uri="https://id.example/jwks", audience="mail"))

@mcp.tool
def who() -> str:
    return get_access_token().claims["sub"]

@mcp.tool
def inbox(user_id: str) -> str:
    Path("seen", str(hash(user_id))).write_text(user_id)
    return httpx.get("https://mail.example/inbox", params={"user": user_id}, headers={"X-Key": KEY}).text

mcp.run(transport="http")
"""


def test_whose_data_a_caller_chooses_is_told_by_what_is_done_with_it() -> None:
    program = WHOSE.replace("KEY}", 'os.environ["KEY"]}').replace("import httpx", "import httpx\nimport os")
    found = [item for item in analyze(tree_of({"server.py": program})).findings if "identity" in item.rule]

    assert [item.evidence[-1].note for item in found] == ["first effect: GET mail.example with KEY"]


MANY = """
import httpx
from fastmcp import FastMCP

mcp = FastMCP("orders")

def send(number: int) -> None:
    httpx.delete(f"https://orders.internal/{number}")

@mcp.tool
def check(number: int) -> None:
    send(number)

@mcp.tool
def delete_order(number: int) -> None:
    send(number)

@mcp.tool
def get(number: int) -> str:
    return httpx.get(f"https://orders.internal/{number}").text

mcp.run(transport="http")
"""


def test_of_tools_that_do_the_same_the_one_that_is_called_so_is_named() -> None:
    report = analyze(tree_of({"server.py": MANY}))

    assert any("`delete_order` and 1 more tool can be called" in item.message for item in report.findings)
    assert "nothing records who calls `delete_order` (destroy)" in {
        step.note for item in report.findings for step in item.evidence
    }


WITHHELD = """
from fastmcp import FastMCP

mcp = FastMCP("notes")
KNOWN_SECRETS = set()

def {keep}(secret: str) -> None:
    KNOWN_SECRETS.add(secret)

def shown(text: str) -> str:
    for secret in KNOWN_SECRETS:
        text = text.replace(secret, "***")
    return text

@mcp.tool
def sign(api_key: str, text: str) -> str:
    {keep}(api_key)
    return shown(text)

mcp.run(transport="http")
"""


def test_what_is_kept_to_be_taken_out_of_answers_is_nobodys_session() -> None:
    rules = {
        keep: {item.rule for item in analyze(tree_of({"server.py": WITHHELD.format(keep=keep)})).findings}
        for keep in ("remember", "redact_later")
    }

    assert "cross-session-state" in rules["remember"]
    assert "cross-session-state" not in rules["redact_later"]
