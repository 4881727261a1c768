"""The policy's own guards, identities, audits and sanitizers reach the analysis."""

import textwrap

import pytest

from analyzers import Change, Hunk, Policy, Report, Source, Tree, analyze, read
from analyzers.facts import FileFacts

SERVER = """
import httpx
from fastmcp import FastMCP
from fastmcp.server.auth.providers.jwt import JWTVerifier
from shop.security import Session, current_caller
from shop.net import pinned

mcp = FastMCP("shop", auth=JWTVerifier(jwks_uri="https://id.example/jwks", audience="shop"))

@mcp.tool
def delete_customer(customer: str) -> str:
    Session().permit("delete_customer")
    return httpx.delete("https://crm.internal/customers", params={"id": customer}).text

mcp.run(transport="http")
"""
SECURITY = """
from vendor import engine

def current_caller():
    return engine.caller()

class Session:
    def permit(self, tool):
        if not engine.decide(tool):
            raise PermissionError(tool)
"""
NET = """
from vendor import dns

def pinned(url):
    return dns.pin(url)
"""
EMPTIED = SECURITY.replace(
    "        if not engine.decide(tool):\n            raise PermissionError(tool)", "        return None"
)
CHECKED = """    if "delete_customer" not in current_caller().claims["allowed_tools"]:
        raise PermissionError
"""


def tree(**files: str) -> Tree:
    """Return a tree of Python files by dotted stem."""
    texts = {f"{stem.replace('__', '/')}.py": textwrap.dedent(text).encode() for stem, text in files.items()}
    facts: dict[str, FileFacts] = {}
    for path, text in texts.items():
        found = read(Source(path, path, text))
        assert isinstance(found, FileFacts)
        facts[path] = found
    return Tree((), facts, (), texts)


def rules(report: Report, *, new: bool = False) -> list[str]:
    """Return the ids of findings about tools that matter here."""
    wanted = ("missing-per-tool-authorization", "authorization-removed-in-change", "ssrf-model-controlled-host")
    return [finding.rule for finding in report.findings if finding.rule in wanted and (finding.new or not new)]


def shop(server: str = SERVER, security: str = SECURITY) -> Tree:
    """Return the shop with its helpers."""
    return tree(server=server, shop__security=security, shop__net=NET)


def test_a_guard_that_the_policy_names_authorizes_the_tools_that_call_it() -> None:
    """Without the policy the call leads to something that cannot be judged."""
    named = analyze(shop(), policy=Policy(guards=("shop.security.Session.permit",)))

    assert rules(analyze(shop())) == ["missing-per-tool-authorization"]
    assert rules(named) == []
    assert [row.authorization.claim for row in named.tools] == ["policy"]


def test_a_named_guard_that_a_change_empties_no_longer_counts() -> None:
    """Unchanged, or still able to refuse, it does."""
    policy = Policy(guards=("shop.security.Session.permit",))
    change = Change({"shop/security.py": (Hunk(8, 4, 8, 3),)}, ("shop/security.py",))

    assert rules(analyze(shop(), shop(), change, policy), new=True) == []
    assert rules(analyze(shop(security=EMPTIED), shop(), change, policy), new=True) == [
        "authorization-removed-in-change"
    ]


REFINED = SECURITY.replace("if not engine.decide(tool)", "if tool.startswith('_') or not engine.decide(tool)")
SWITCHED = SECURITY.replace("if not engine.decide(tool)", "if engine.disabled")
OWN = SECURITY.replace("from vendor", "from fastmcp.server.dependencies import get_access_token\nfrom vendor").replace(
    "not engine.decide(tool)", "tool not in get_access_token().scopes"
)
DENIAL = "        if not engine.decide(tool):\n            raise PermissionError(tool)"
DELEGATING = SECURITY.replace(DENIAL, "        engine.enforce(tool)")


@pytest.mark.parametrize(
    ("before", "after", "counts"),
    [
        (SECURITY, REFINED, True),
        (SECURITY, OWN, True),
        (SECURITY, SWITCHED, False),
        (DELEGATING, DELEGATING.replace("enforce(tool)", "enforce(tool, strict=True)"), True),
        (DELEGATING, DELEGATING.replace("engine.enforce", "engine.log"), False),
    ],
    ids=["refined", "asks-the-token", "asks-a-switch", "delegates", "delegates-to-nobody"],
)
def test_a_named_guard_that_changed_counts_while_it_denies_on_the_identity(
    before: str, after: str, *, counts: bool
) -> None:
    policy = Policy(guards=("shop.security.Session.permit",))
    report = analyze(shop(security=after), shop(security=before), Change(), policy)

    assert rules(report, new=True) == ([] if counts else ["authorization-removed-in-change"])


def test_an_identity_that_the_policy_names_makes_a_comparison_a_check() -> None:
    """A claim of an unknown object proves nothing."""
    server = SERVER.replace('    Session().permit("delete_customer")\n', CHECKED)

    assert rules(analyze(shop(server))) == ["missing-per-tool-authorization"]
    assert rules(analyze(shop(server), policy=Policy(identities=("shop.security.current_caller",)))) == []


def test_what_a_named_sanitizer_returns_is_no_destination_of_the_caller() -> None:
    """The same request without it is reported."""
    server = SERVER.replace('"https://crm.internal/customers", params={"id": customer}', "pinned(customer)")
    policy = Policy(guards=("shop.security.Session.permit",))
    named = Policy(guards=policy.guards, sanitizers=("shop.net.pinned",))

    unnamed = shop(server).texts["shop/net.py"].replace(b"dns.pin(url)", b"url")
    assert rules(analyze(tree(server=server, shop__security=SECURITY, shop__net=unnamed.decode()), policy=policy)) == [
        "ssrf-model-controlled-host"
    ]
    assert rules(analyze(shop(server), policy=named)) == []
