"""A report with something of every kind, and a reader that tells everything active in a Markdown text."""

import re
from collections.abc import Callable, Iterator

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token
from msgspec.structs import replace

from analyzers.finding import (
    AuthorityChange,
    Authorization,
    Cause,
    Confidence,
    Coverage,
    Edit,
    Evidence,
    Failure,
    Finding,
    Fix,
    FixedFinding,
    IdleIgnore,
    Location,
    NotAnalyzed,
    Position,
    Report,
    Safety,
    Severity,
    Span,
    Suppression,
    ToolRow,
)
from analyzers.policy import Policy
from app.render.view import DiffLines, Links, Target, View
from app.verdict import judge

# What GitHub finds in rendered text outside code: mentions, issues, addresses, mail, emoji codes, formulas, commits.
LIVE = re.compile(
    r"@\w|(?:^|\W)#\d|GH-\d|\b(?:https?|ftp|mailto|xmpp):|www\.|\w@\w|:[a-z0-9_+-]+:|\$[^$]+\$|\b[0-9a-f]{7,40}\b",
    re.IGNORECASE,
)
HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200c-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def _flat(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _flat(token.children or [])


def _active(text: str) -> list[str]:
    """List what a text holds beside words, code and plain structure."""
    found = []
    for token in _flat(PARSER.parse(text)):
        if token.type in ("link_open", "image", "html_inline", "html_block", "heading_open", "blockquote_open", "hr"):
            found.append(f"{token.type} {token.content or token.attrs}")
        if token.type == "fence" and token.info == "suggestion":
            found.append("suggestion")
        if token.type == "text" and LIVE.search(token.content):
            found.append(f"text {token.content}")
        if token.type in ("text", "code_inline", "fence", "code_block") and HIDDEN.search(token.content):
            found.append(f"hidden {token.content!r}")
    return found


@pytest.fixture
def active() -> Callable[[str], list[str]]:
    """The function that lists what is active in a text."""
    return _active


SERVER = '''\
from fastmcp import FastMCP
from fastmcp.server.auth.providers.jwt import JWTVerifier

from shop.guard import require_tool
from shop.http import crm, billing

CRM_TOKEN = "sk-live-4f9d0c1e7a8b2d3c5e6f"

mcp = FastMCP("shop", auth=JWTVerifier(jwks_uri="https://idp.internal/jwks"))


@mcp.tool
async def get_invoice(invoice_id: str) -> str:
    """Return an invoice."""
    require_tool("get_invoice")
    return await billing.get(f"/invoices/{invoice_id}")


@mcp.tool
async def delete_customer_record(customer_id: str) -> str:
    """Delete a customer."""
    return await crm.delete(f"/customers/{customer_id}", headers={"authorization": CRM_TOKEN})
'''


def _span(line: int, column: int = 1, end_line: int = 0, end_column: int = 1) -> Span:
    return Span(Position(line, column), Position(end_line or line + 1, end_column))


def _missing_authorization() -> Finding:
    insert = Position(22, 1)
    return Finding(
        rule="unchecked-tool",
        principle="verify_explicitly",
        severity=Severity.HIGH,
        confidence=Confidence.HIGH,
        location=Location("server.py", _span(20, 1, 20, 58)),
        message="`delete_customer_record` runs for every caller that holds a valid token.",
        why="The connection is authenticated, this call is not authorized: a caller meant to read one invoice, or a "
        "model talked into it by a document, can delete any customer. Its sibling `get_invoice` checks the claim "
        "`allowed_tools` first.",
        fingerprint="7c1f0a9be2d34455",
        tools=("server:mcp:delete_customer_record",),
        new_tools=("server:mcp:delete_customer_record",),
        evidence=(
            Evidence("server.py", 9, '`FastMCP("shop", auth=...)` verifies the token, for every tool alike'),
            Evidence("server.py", 20, "`delete_customer_record` is registered without a check"),
            Evidence("server.py", 22, "first effect: `DELETE /customers` with `CRM_TOKEN`"),
        ),
        fix=Fix(
            "Require the grant for this tool",
            Safety.SAFE,
            (Edit("server.py", insert, insert, '    require_tool("delete_customer_record")\n'),),
        ),
    )  # fmt: skip


def _credential() -> Finding:
    return Finding(
        rule="written-credential",
        principle="ambient_authority",
        severity=Severity.HIGH,
        confidence=Confidence.MEDIUM,
        location=Location("server.py", _span(7, 13, 7, 43)),
        message="`CRM_TOKEN` holds a credential in the source.",
        why="Whoever can read the repository can act as this server, and the credential cannot be rotated alone.",
        fingerprint="aa11bb22cc33dd44",
        tools=tuple(f"server:mcp:tool_{number}" for number in range(12)),
        new_tools=("server:mcp:tool_3",),
        evidence=(Evidence("server.py", 7, "a token of 28 characters, `sk-l…`"),),
        fix=Fix(
            "Read it from the environment",
            Safety.REVIEW,
            (Edit("server.py", Position(7, 13), Position(7, 43), 'os.environ["CRM_TOKEN"]'),),
        ),
    )


def _rows() -> tuple[ToolRow, ...]:
    def row(name: str, line: int, authorization: Authorization, capability: str, credential: str) -> ToolRow:
        return ToolRow(
            server="server:mcp", name=name, kind="tool", path="server.py", line=line, transport="http",
            authentication="JWTVerifier (server.py:9)", authorization=authorization, capabilities=(capability,),
            credentials=(credential,), network=("crm.internal",), audit="tool, subject, outcome",
            confidence=Confidence.HIGH,
        )  # fmt: skip

    guarded = Authorization("per_tool", "require_tool, server.py:15", "allowed_tools")
    return (
        row("get_invoice", 13, guarded, "read-private", "exchanged per call"),
        row("delete_customer_record", 20, Authorization("none"), "destroy", "CRM_TOKEN"),
    )


@pytest.fixture
def report() -> Report:
    """A review's report with something of every kind."""
    known = replace(_credential(), rule="unrecorded-call", new=False, fingerprint="ee55ff6600112233", fix=None)
    quiet = replace(
        _credential(), rule="doubtful-call", confidence=Confidence.LOW, fingerprint="ab12cd34ef56ab78", fix=None
    )
    suppressed = replace(
        _credential(),
        fingerprint="0123456789abcdef",
        suppressed=Suppression("policy", "rotated weekly by the platform team", ".github/skillaudit.yml:14"),
    )
    new_tool = "server:mcp:delete_customer_record"
    columns = {
        "authorization": "none",
        "capabilities": "destroy",
        "credentials": "CRM_TOKEN",
        "network": "crm.internal",
    }
    return Report(
        findings=(_missing_authorization(), _credential(), known, quiet, suppressed),
        fixed=(FixedFinding("9988776655443322", "token-passthrough", "shop/http.py"),),
        tools=_rows(),
        authority_diff=(
            *(AuthorityChange(new_tool, column, None, after, "changed") for column, after in columns.items()),
            AuthorityChange("server:mcp:drop_table", "tool", "drop_table", None, "changed"),
            AuthorityChange("server:mcp:get_invoice", "audit", "nothing", "tool, subject, outcome", "better",
                            Cause("shop/http.py", 4)),
        ),
        coverage=Coverage(
            files_total=14, files_read=12, files_irrelevant=2, tools_resolved=2, tools_total=3, tools_dynamic=1,
            packages_judged=3, packages_total=5,
            not_analyzed=(NotAnalyzed("shop/generated.py", "larger than 1,000,000 bytes", True),),
        ),
        failures=(Failure("rule", "shop/http.py", "ssrf-broken-guard", "KeyError"),),
        engine_version="0.1.0",
        rules_run=18,
        idle_ignores=(
            IdleIgnore("shop/http.py", 7, "unknown_rule", "there is no rule 'tls-of'; did you mean 'tls-off'?"),
            IdleIgnore("shop/http.py", 9, "unused", "nothing of token-passthrough is reported here"),
        ),
    )  # fmt: skip


@pytest.fixture
def view(report: Report) -> View:
    """That report with all that a renderer is given."""
    return View(
        report=report,
        verdict=judge(report, Policy()),
        target=Target("range", "9d0e77c" + "0" * 33, "1111111" + "0" * 33, "3f2c1ab" + "0" * 33),
        links=Links("https://github.example/shop/server", "https://audit.example/rules"),
        texts={"server.py": SERVER.encode()},
        diff={"server.py": DiffLines(right=(range(17, 23),))},
        job="41",
        elapsed_ms=400,
    )
