"""A service of the SDK with a hook that asks a table for scopes, and changes of one line that get past it."""

import pytest

from analyzers import analyze
from analyzers.finding import Report, Severity
from tests.analyzers.matrix.cells import change
from tests.analyzers.programs import tree_of

IDENTITY = """\
import jwt
from mcp.server.auth.provider import AccessToken, TokenVerifier

AUDIENCE = "https://ledger.example.org/mcp"
KEYS = jwt.PyJWKClient("https://id.example.org/jwks")


class IssuerVerifier(TokenVerifier):
    async def verify_token(self, token):
        try:
            key = KEYS.get_signing_key_from_jwt(token)
            claims = jwt.decode(
                token,
                key.key,
                algorithms=["RS256"],
                audience=AUDIENCE,
                options={"require": ["exp", "aud", "iss", "sub"]},
            )
        except jwt.PyJWTError:
            return None
        return AccessToken(
            token=token,
            client_id=claims["azp"],
            scopes=claims.get("scope", "").split(),
            expires_at=claims["exp"],
            resource=AUDIENCE,
            claims=claims,
        )
"""
GRANTS = """\
import logging

from mcp.server.auth.middleware.auth_context import get_access_token

audit = logging.getLogger("audit")
SCOPES = {"read_invoice": "invoice:read", "refund": "invoice:refund", "report": "report:run"}


async def authorize(ctx, call_next):
    if ctx.method != "tools/call":
        return await call_next(ctx)
    name = ctx.params["name"]
    token = get_access_token()
    needed = SCOPES.get(name)
    if token is None or needed is None or needed not in token.scopes:
        audit.warning("tool=%s subject=%s denied", name, token and token.subject)
        raise PermissionError(name)
    audit.info("tool=%s subject=%s", name, token.subject)
    return await call_next(ctx)
"""
SERVER = """\
import os
import subprocess

import httpx2
import stripe
from mcp.server import MCPServer
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.settings import AuthSettings

from grants import authorize
from identity import AUDIENCE, IssuerVerifier

PROGRAMS = {"monthly": "month", "yearly": "year"}
client = stripe.StripeClient(os.environ["STRIPE_KEY"])
server = MCPServer(
    "ledger",
    token_verifier=IssuerVerifier(),
    auth=AuthSettings(issuer_url="https://id.example.org", resource_server_url=AUDIENCE, validate_token_resource=True),
    middleware=[authorize],
)


def invoice(tenant, number):
    return httpx2.get("https://invoices.internal/", params={"tenant": tenant, "number": number}).json()


@server.tool()
def read_invoice(number: str) -> dict:
    return invoice(get_access_token().claims["tenant"], number)


@server.tool()
def refund(number: str, cents: int) -> str:
    found = invoice(get_access_token().claims["tenant"], number)
    if not 0 < cents <= found["paid"]:
        raise ValueError("more than was paid")
    return client.refunds.create({"charge": found["charge"], "amount": cents}).id


@server.tool()
def report(kind: str) -> str:
    return subprocess.run([f"/opt/reports/{PROGRAMS[kind]}"], capture_output=True, text=True).stdout


server.run(transport="streamable-http")
"""
FILES = {"identity.py": IDENTITY, "grants.py": GRANTS, "server.py": SERVER}
DECODED = """\
            claims = jwt.decode(
                token,
                key.key,
                algorithms=["RS256"],
"""
COMPARED = """\
            algorithm = jwt.get_unverified_header(token)["alg"]
            if algorithm not in ("RS256", "ES256"):
                return None
            claims = jwt.decode(
                token,
                key.key,
                algorithms=[algorithm],
"""
REMOVED = "authorization-removed-in-change"
TOKEN = "unverified-token"
# What a change says, and the finding it must lead to: (rule, severity), none for a change that harms nobody.
CHANGES: dict[str, tuple[str, str, str, tuple[tuple[str, str], ...]]] = {
    "what a verifier refuses is accepted": (
        "identity.py",
        "            return None\n",
        '            return AccessToken(token=token, client_id="nobody", scopes=["invoice:read"], expires_at=1)\n',
        ((TOKEN, "critical"),),
    ),
    "a token names its own keys": (
        "identity.py",
        "KEYS.get_signing",
        'jwt.PyJWKClient(jwt.get_unverified_header(token)["jku"]).get_signing',
        ((TOKEN, "critical"),),
    ),
    "a token names its own algorithm": (
        "identity.py",
        'algorithms=["RS256"]',
        'algorithms=[jwt.get_unverified_header(token)["alg"]]',
        ((TOKEN, "low"),),
    ),
    "an algorithm of the token that was compared": (
        "identity.py",
        DECODED,
        COMPARED,
        (),
    ),
    "the algorithm of the key that a token names": (
        "identity.py",
        'algorithms=["RS256"]',
        'algorithms=[ALGORITHMS[jwt.get_unverified_header(token)["kid"]]]',
        (),
    ),
    "algorithms of both kinds": (
        "identity.py",
        'algorithms=["RS256"]',
        'algorithms=["RS256", "HS256"]',
        ((TOKEN, "medium"),),
    ),
    "two algorithms of one kind": ("identity.py", 'algorithms=["RS256"]', 'algorithms=["RS256", "ES256"]', ()),
    "the audience is only kept": (
        "identity.py",
        '                audience=AUDIENCE,\n                options={"require": ["exp", "aud", "iss", "sub"]},\n',
        '                options={"require": ["exp", "iss", "sub"], "verify_aud": False},\n',
        (("missing-audience-check", "high"),),
    ),
    "every token has all scopes": (
        "identity.py",
        'claims.get("scope", "").split()',
        '["invoice:read", "invoice:refund", "report:run"]',
        (("wildcard-tool-grant", "high"),),
    ),
    "the caller names the grant": (
        "grants.py",
        "needed = SCOPES.get(name)",
        'needed = ctx.params["arguments"].get("scope") or SCOPES.get(name)',
        ((REMOVED, "high"),),
    ),
    "one client may do everything": (
        "grants.py",
        "    needed = SCOPES",
        '    if token and token.client_id == "console":\n        return await call_next(ctx)\n    needed = SCOPES',
        ((REMOVED, "high"),),
    ),
    "a lesser grant": ("grants.py", '"invoice:refund"', '"invoice:read"', ((REMOVED, "high"),)),
    "no bound on what is asked for": (
        "server.py",
        '    if not 0 < cents <= found["paid"]:\n        raise ValueError("more than was paid")\n',
        "",
        (),
    ),
    "the caller completes the path of a program": (
        "server.py",
        "{PROGRAMS[kind]}",
        "{kind}",
        (("command-injection", "high"),),
    ),
}


def _changed(path: str, old: str, new: str) -> Report:
    assert FILES[path].count(old) == 1
    head = {**FILES, path: FILES[path].replace(old, new)}
    return analyze(tree_of(head), tree_of(FILES), change(FILES, head))


def test_as_it_is_only_the_key_of_the_server_is_told() -> None:
    found = [item.rule for item in analyze(tree_of(FILES)).findings if item.severity >= Severity.MEDIUM]

    assert found == ["ambient-service-credential"]


@pytest.mark.parametrize("name", CHANGES)
def test_what_a_change_of_one_line_leads_to(name: str) -> None:
    path, old, new, expected = CHANGES[name]

    report = _changed(path, old, new)

    assert {(item.rule, str(item.severity)) for item in report.findings if item.new} == set(expected)


def test_one_of_two_ways_is_told_with_both_grants() -> None:
    path, old, new, _ = CHANGES["one client may do everything"]

    found = _changed(path, old, new).authority_diff or ()

    assert ("refund", "per_tool (client_id or scopes: console or invoice:refund)", "worse") in {
        (item.tool.rpartition(":")[2], item.after, item.direction) for item in found if item.column == "authorization"
    }


def test_the_key_of_a_library_is_what_its_calls_act_with() -> None:
    head = SERVER.replace("client = stripe.StripeClient(", "stripe.api_key = (").replace(
        'client.refunds.create({"charge": found["charge"], "amount": cents})',
        'stripe.Refund.create(charge=found["charge"], amount=cents)',
    )

    rows = {row.name: row for row in analyze(tree_of({**FILES, "server.py": head})).tools}

    assert rows["refund"].credentials == ("STRIPE_KEY",)
    assert rows["read_invoice"].credentials == ()


def test_the_refusal_is_put_where_a_refused_token_is_accepted() -> None:
    path, old, new, _ = CHANGES["what a verifier refuses is accepted"]

    (found,) = [item for item in _changed(path, old, new).findings if item.rule == TOKEN]

    assert found.fix is not None
    assert [edit.text for edit in found.fix.edits] == ["None"]
