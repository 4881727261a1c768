"""Ranks, sets and guards of base classes by which servers authorize, each silent, and reported once it is damaged."""

import pytest

from analyzers import analyze
from tests.analyzers.programs import tree_of

HEAD = """
import enum
import functools
import httpx
from abc import ABC, abstractmethod
from fastmcp import FastMCP
from fastmcp.server.dependencies import get_access_token

mcp = FastMCP("orders", auth=verifier)

"""
TOOL = """

@mcp.tool
def cancel(order: int) -> str:
    CHECK
    return httpx.delete("https://orders.internal/orders", params={"order": order}).text

mcp.run(transport="http")
"""
ROLES = """
class Role(enum.IntEnum):
    NONE = 0
    VIEWER = 1
    EDITOR = 2

def role() -> Role:
    token = get_access_token()
    if token is None:
        return Role.NONE
    match token.claims.get("role"):
        case "editor":
            return Role.EDITOR
        case "viewer":
            return Role.VIEWER
        case _:
            return Role.NONE
"""
LEVELS = """
LEVELS = {"viewer": 1, "editor": 2}

def level() -> int:
    token = get_access_token()
    return LEVELS.get(token.claims.get("role"), 0) if token else 0
"""
SCOPES = """
NEEDED = frozenset({"orders:cancel"})

def scopes() -> frozenset:
    token = get_access_token()
    return frozenset(token.scopes) if token else frozenset()
"""
MEMBERS = """
class Permission(str, enum.Enum):
    CANCEL = "orders:cancel"

def permissions() -> set:
    found = set()
    for scope in get_access_token().scopes:
        found.add(Permission(scope))
    return found
"""
CLASS = """
class Require:
    def __init__(self, scope):
        self.scope = scope

    def __call__(self, function):
        @functools.wraps(function)
        def guarded(*args, **kwargs):
            self.check()
            return function(*args, **kwargs)
        return guarded

    def check(self):
        token = get_access_token()
        if token is None or self.scope not in token.scopes:
            raise PermissionError(self.scope)
"""
BASE = """
class Guarded(ABC):
    needed: frozenset = frozenset()

    def run(self, order: int) -> str:
        token = get_access_token()
        if token is None or not self.needed or not self.needed.issubset(token.scopes):
            raise PermissionError("forbidden")

class Cancel(Guarded):
    needed = frozenset({"orders:cancel"})

    def run(self, order: int) -> str:
        super().run(order)
        return httpx.delete("https://orders.internal/orders", params={"order": order}).text

mcp.tool(name="cancel")(Cancel().run)
mcp.run(transport="http")
"""
TEMPLATE = """
class Guarded(ABC):
    scope: str

    def run(self, order: int) -> str:
        token = get_access_token()
        if token is None or self.scope not in token.scopes:
            raise PermissionError("forbidden")
        return self.act(order)

    @abstractmethod
    def act(self, order: int) -> str: ...

class Cancel(Guarded):
    scope = "orders:cancel"

    def act(self, order: int) -> str:
        return httpx.delete("https://orders.internal/orders", params={"order": order}).text

mcp.tool(name="cancel")(Cancel().run)
mcp.run(transport="http")
"""
MISSING, OPEN, VOID = (
    "missing-per-tool-authorization",
    "fail-open-authorization",
    "ineffective-authorization-check",
)


def refused_if(condition: str) -> str:
    """Return the tool, refused under a condition."""
    return TOOL.replace("CHECK", f'if {condition}:\n        raise PermissionError("forbidden")')


def rules_of(program: str) -> set[str]:
    """Return which of the rules about checks of callers report something of a program."""
    report = analyze(tree_of({"server.py": HEAD + program}))
    assert [tool.name for tool in report.tools] == ["cancel"]
    return {finding.rule for finding in report.findings} & {MISSING, OPEN, VOID}


SILENT = {
    "rank of an enumeration": ROLES + refused_if("role() < Role.EDITOR"),
    "rank that is equal": ROLES + refused_if("role() != Role.EDITOR"),
    "rank of a table": LEVELS + refused_if('level() < LEVELS["editor"]'),
    "rank as a number": LEVELS + refused_if("2 > level()"),
    "set that includes": SCOPES + refused_if("not NEEDED <= scopes()"),
    "set that is included": SCOPES + refused_if("not NEEDED.issubset(scopes())"),
    "sets without a common member": SCOPES + refused_if("NEEDED.isdisjoint(scopes())"),
    "members of an enumeration": MEMBERS + refused_if("{Permission.CANCEL} - permissions()"),
    "class as a decorator": CLASS
    + TOOL.replace("CHECK", "pass").replace("tool\n", 'tool\n@Require("orders:cancel")\n'),
    "method of the base": BASE,
    "method of the base that calls": TEMPLATE,
}
REPORTED = {
    "rank turned round": (ROLES + refused_if("role() > Role.EDITOR"), {MISSING, VOID}),
    "rank that everybody has": (ROLES + refused_if("role() < Role.NONE"), {OPEN}),
    "rank given to those without a token": (
        ROLES.replace("None:\n        return Role.NONE", "None:\n        return Role.EDITOR")
        + refused_if("role() < Role.EDITOR"),
        {OPEN},
    ),
    "how many scopes": (SCOPES + refused_if("len(scopes()) < 1"), {MISSING}),
    "when a token expires": (refused_if('get_access_token().claims["exp"] < 1900000000'), {MISSING}),
    "set that includes what is held": (SCOPES + refused_if("not scopes() <= NEEDED"), {MISSING, VOID}),
    "set of no more than is needed": (SCOPES + refused_if("not scopes().issubset(NEEDED)"), {MISSING, VOID}),
    "all that is held": (SCOPES + refused_if("not all(scope in NEEDED for scope in scopes())"), {MISSING, VOID}),
    "sets with a common member": (SCOPES + refused_if("not NEEDED.isdisjoint(scopes())"), {MISSING, VOID}),
    "members that nobody compares": (MEMBERS + TOOL.replace("CHECK", "permissions()"), {MISSING}),
    "class that does not check": (
        CLASS.replace("            self.check()\n", "")
        + TOOL.replace("CHECK", "pass").replace("tool\n", 'tool\n@Require("orders:cancel")\n'),
        {MISSING},
    ),
    "method of the base not called": (BASE.replace("        super().run(order)\n", ""), {MISSING}),
    "method of the base without a check": (
        TEMPLATE.replace('            raise PermissionError("forbidden")\n', "            pass\n"),
        {MISSING, VOID},
    ),
}


@pytest.mark.parametrize("program", SILENT.values(), ids=SILENT)
def test_a_check_of_ranks_sets_or_by_a_base_is_silent(program: str) -> None:
    assert rules_of(program) == set()


@pytest.mark.parametrize(("program", "expected"), REPORTED.values(), ids=REPORTED)
def test_a_check_of_ranks_sets_or_by_a_base_is_reported_when_damaged(program: str, expected: set[str]) -> None:
    assert len(rules_of(program) & expected) == 1
