"""Each way in which a change takes protection away is one finding, at the line that did it, with all of its tools."""

import re
from dataclasses import dataclass, field

import pytest

from analyzers import Policy, analyze
from analyzers.finding import Cause, Report, Safety, Side
from analyzers.fixes.fixing import apply_edits
from tests.analyzers.matrix.cells import change
from tests.analyzers.programs import tree_of

REMOVED = "authorization-removed-in-change"
# About the verifier and the listening that every program here has in common.
UNRELATED = ("verifier-accepts-unexpiring-token", "origin-validation-off")
MARK = re.compile(r"[ \t]*# here$", re.MULTILINE)
Files = dict[str, str]

IMPORTS = """\
from fastmcp import FastMCP
from fastmcp.exceptions import ToolError
from fastmcp.server.auth import require_scopes, restrict_tag
from fastmcp.server.auth.providers.jwt import JWTVerifier
from fastmcp.server.dependencies import get_access_token
from fastmcp.server.middleware import AuthMiddleware, Middleware
import httpx
"""
VERIFIER = 'JWTVerifier(jwks_uri="https://id.example/jwks", audience="shop")'
MADE = f'mcp = FastMCP("shop", auth={VERIFIER})\n'
GUARDS = """\
from fastmcp.server.dependencies import get_access_token
import functools


def require(tool):
    token = get_access_token()
    if token is None or tool not in token.claims.get("allowed_tools", []):
        raise PermissionError("forbidden")


def guarded(name):
    def decorate(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            require(name)
            return function(*args, **kwargs)
        return wrapper
    return decorate
"""
ALLOWED = """
class Allowed(Middleware):
    async def on_call_tool(self, context, call_next):
        token = get_access_token()
        if token is None or context.message.name not in token.claims.get("allowed_tools", []):
            raise ToolError("forbidden")
        return await call_next(context)
"""
HTTP = '\nmcp.run(transport="http")\n'
PAID = 'return httpx.post("https://payments.internal/refunds", json={"order": order}).text\n'
GONE = 'return httpx.delete("https://orders.internal/orders", params={"order": order}).text\n'


def tool(name: str, effect: str, *, before: str = "", decorators: str = "@mcp.tool\n") -> str:
    """Return a tool with what stands before its effect."""
    body = "".join(f"    {line}\n" for line in (before + effect).splitlines())
    return f"\n{decorators}def {name}(order: str) -> str:\n{body}"


def shop(
    *, before: str = "", decorators: str = "@mcp.tool\n", made: str = MADE, end: str = HTTP, more: str = ""
) -> str:
    """Return a server with two tools, `{name}` standing for the name of each."""
    tools = [
        tool(name, effect, before=before.replace("{name}", name), decorators=decorators.replace("{name}", name))
        for name, effect in (("refund", PAID), ("cancel", GONE))
    ]
    return IMPORTS + more + made + "".join(tools) + end


@dataclass(frozen=True)
class Removal:
    """A change; the line with the mark, of the head or of the base, is where it is reported."""

    name: str
    before: Files
    after: Files
    rule: str = REMOVED
    tools: tuple[str, ...] = ("server:mcp:cancel", "server:mcp:refund")
    policy: Policy = field(default_factory=Policy)
    also: tuple[str, ...] = ()

    def marks(self) -> list[tuple[Side, str, int]]:
        """Return the marked line as (side, path, line)."""
        return [
            (side, path, number)
            for side, files in ((Side.BASE, self.before), (Side.HEAD, self.after))
            for path, text in files.items()
            for number, line in enumerate(text.splitlines(), start=1)
            if MARK.search(line)
        ]


def plain(files: Files) -> Files:
    return {path: MARK.sub("", text) for path, text in files.items()}


def review(before: Files, after: Files, policy: Policy | None = None) -> Report:
    base, head = plain(before), plain(after)
    report = analyze(tree_of(head), tree_of(base), change(base, head), policy or Policy())
    assert report.failures == ()
    return report


INLINE = (
    'token = get_access_token()\nif token is None or "{name}" not in token.scopes:\n    raise ToolError("forbidden")\n'
)
INLINE_HERE = INLINE.replace("token.scopes:\n", "token.scopes:  # here\n")
CALL = 'require("{name}")\n'
IMPORT = "from guards import guarded, require\n"
EMPTY = GUARDS.replace(
    '    token = get_access_token()\n    if token is None or tool not in token.claims.get("allowed_tools", []):\n'
    '        raise PermissionError("forbidden")\n',
    "    return None  # here\n",
)
SCOPES = """\
verifier = JWTVerifier(
    jwks_uri="https://id.example/jwks",
    audience="shop",
    required_scopes=[{}],{}
)
"""
WIDE = """\
mcp = FastMCP(
    "shop",
    auth=JWTVerifier(jwks_uri="https://id.example/jwks", audience="shop"),{}
)
"""
UNMADE = 'mcp = FastMCP(\n    "shop",\n)\n'
OTHER = f'mcp = FastMCP("shop", auth={VERIFIER})\nopen_mcp = FastMCP("open", auth={VERIFIER})\n'
LOCK = '[[package]]\nname = "fastmcp"\nversion = "{}"{}\n'
SCOPE_CHECK = '@mcp.tool(auth=require_scopes("{name}"))\n'
RESTRICTED = 'AuthMiddleware(auth=restrict_tag("admin", scopes=["admin"]))'
TAGGED = f'mcp = FastMCP("shop", auth={VERIFIER}, middleware=[{RESTRICTED}])\n'
ROLE = """\
token = get_access_token()
if token is None or token.claims.get("role") not in ("admin",):
    raise ToolError
"""

VAULT = """\
from vendor import engine


def require(tool):
    if not engine.decide(tool):
        raise PermissionError(tool)
"""
DEPENDS = (
    IMPORTS
    + "from fastmcp.dependencies import Depends\n\n\ndef check():\n    token = get_access_token()\n"
    + '    if token is None or "refund" not in token.scopes:\n        raise ToolError("forbidden")\n\n\n'
    + MADE
    + "\n@mcp.tool\n"
)
DISPATCHER = """\
import httpx
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.middleware.bearer_auth import RequireAuthMiddleware
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.applications import Starlette
from starlette.middleware import Middleware

server = Server("shop")


@server.call_tool()
async def call_tool(name, arguments):
{check}    if name == "refund":
        return httpx.post("https://payments.internal/refunds", json=arguments).text
    if name == "cancel":
        return httpx.delete("https://orders.internal/orders", params=arguments).text
    raise ValueError(name)


manager = StreamableHTTPSessionManager(server)
app = Starlette(middleware=[Middleware(RequireAuthMiddleware)])
"""
DISPATCH_CHECK = """\
    token = get_access_token()
    if token is None or name not in token.scopes:  # here
        raise PermissionError("forbidden")
"""
WRAPPED = (
    IMPORTS
    + IMPORT
    + MADE
    + f"""

def refund(order: str) -> str:
    {PAID}

mcp.tool(name="refund")({{refund}})
"""
    + HTTP
)
MOUNTED = 'main = FastMCP("main"{auth})\nmcp = FastMCP("shop")\nmain.mount(mcp)\n'
DOUBLE = f'main = FastMCP("main"{{auth}})\nmcp = FastMCP("shop", auth={VERIFIER})\nmain.mount(mcp)\n'
THROUGH = '\nmain.run(transport="http")\n'
RECORD = """
import logging

audit_log = logging.getLogger("audit")


class Recorded(Middleware):
    async def on_call_tool(self, context, call_next):
        token = get_access_token()
        audit_log.info("call", extra={"tool": context.message.name, "subject": token.claims["sub"]})
        return await call_next(context)
"""
LOCAL_GUARD = """
def require(tool):
    token = get_access_token()
    if token is None or tool not in token.claims.get("allowed_tools", []):  # here
        raise ToolError("forbidden")

"""
SILENT: dict[str, tuple[Files, Files]] = {
    "a guard moved to another file": (
        {"server.py": shop(before=CALL, more=LOCAL_GUARD.replace("  # here", ""))},
        {"server.py": shop(before=CALL, more=IMPORT), "guards.py": GUARDS},
    ),
    "a guard renamed with its calls": (
        {"server.py": shop(before=CALL, more=IMPORT), "guards.py": GUARDS},
        {
            "server.py": shop(before=CALL, more=IMPORT).replace("require", "demand"),
            "guards.py": GUARDS.replace("require", "demand"),
        },
    ),
    "checks in tools gathered in a middleware": (
        {"server.py": shop(before=CALL, more=IMPORT), "guards.py": GUARDS},
        {"server.py": shop(more=ALLOWED, end="\nmcp.add_middleware(Allowed())\n" + HTTP)},
    ),
    "a middleware replaced by checks in tools": (
        {"server.py": shop(more=ALLOWED, end="\nmcp.add_middleware(Allowed())\n" + HTTP)},
        {"server.py": shop(before=CALL, more=IMPORT), "guards.py": GUARDS},
    ),
    "a tool removed with its check": (
        {"server.py": shop(before=CALL, more=IMPORT), "guards.py": GUARDS},
        {
            "server.py": IMPORTS + IMPORT + MADE + tool("cancel", GONE, before=CALL.format(name="cancel")) + HTTP,
            "guards.py": GUARDS,
        },
    ),
    "a server that only its user reaches any more": (
        {"server.py": shop(before=CALL, more=IMPORT), "guards.py": GUARDS},
        {"server.py": shop(end='\nmcp.run(transport="stdio")\n')},
    ),
    "another scope of the same width": (
        {"server.py": shop(decorators='@mcp.tool(auth=require_scopes("orders:{name}"))\n')},
        {"server.py": shop(decorators='@mcp.tool(auth=require_scopes("orders.{name}"))\n')},
    ),
    "the server in a file of another name": (
        {"server.py": shop(before=CALL, more=IMPORT), "guards.py": GUARDS},
        {"main.py": shop(before=CALL, more=IMPORT), "guards.py": GUARDS},
    ),
    "a newer framework": (
        {"server.py": shop(decorators=SCOPE_CHECK), "uv.lock": LOCK.format("3.4.9", "")},
        {"server.py": shop(decorators=SCOPE_CHECK), "uv.lock": LOCK.format("4.1.2", "")},
    ),
}

REMOVALS = (
    Removal(
        "a check deleted from one tool",
        {
            "server.py": IMPORTS
            + MADE
            + tool("refund", PAID, before=INLINE_HERE.format(name="refund"))
            + tool("cancel", GONE, before=INLINE.format(name="cancel"))
            + HTTP
        },
        {
            "server.py": IMPORTS
            + MADE
            + tool("refund", PAID)
            + tool("cancel", GONE, before=INLINE.format(name="cancel"))
            + HTTP
        },
        tools=("server:mcp:refund",),
    ),
    Removal(
        "a call of a guard deleted",
        {
            "server.py": IMPORTS
            + IMPORT
            + MADE
            + tool("refund", PAID, before='require("refund")  # here\n')
            + tool("cancel", GONE, before='require("cancel")\n')
            + HTTP,
            "guards.py": GUARDS,
        },
        {
            "server.py": IMPORTS
            + IMPORT
            + MADE
            + tool("refund", PAID)
            + tool("cancel", GONE, before='require("cancel")\n')
            + HTTP,
            "guards.py": GUARDS,
        },
        tools=("server:mcp:refund",),
    ),
    Removal(
        "a guard of another file emptied",
        {"server.py": shop(before=CALL, more=IMPORT), "guards.py": GUARDS},
        {"server.py": shop(before=CALL, more=IMPORT), "guards.py": EMPTY},
    ),
    Removal(
        "a guard that every tool is decorated with emptied",
        {"server.py": shop(decorators='@mcp.tool\n@guarded("{name}")\n', more=IMPORT), "guards.py": GUARDS},
        {"server.py": shop(decorators='@mcp.tool\n@guarded("{name}")\n', more=IMPORT), "guards.py": EMPTY},
    ),
    Removal(
        "a decorator removed",
        {
            "server.py": IMPORTS
            + IMPORT
            + MADE
            + tool("refund", PAID, decorators='@mcp.tool\n@guarded("refund")  # here\n')
            + HTTP,
            "guards.py": GUARDS,
        },
        {"server.py": IMPORTS + IMPORT + MADE + tool("refund", PAID) + HTTP, "guards.py": GUARDS},
        tools=("server:mcp:refund",),
    ),
    Removal(
        "a middleware no longer added",
        {"server.py": shop(more=ALLOWED, end="\nmcp.add_middleware(Allowed())  # here\n" + HTTP)},
        {"server.py": shop(more=ALLOWED, end="\n" + HTTP)},
    ),
    Removal(
        "a middleware left out of the constructor",
        {"server.py": shop(more=ALLOWED, made=MADE.replace("auth=", "middleware=[Allowed()], auth="))},
        {"server.py": shop(more=ALLOWED, made=MADE.rstrip() + "  # here\n")},
    ),
    Removal(
        "the authentication of a server dropped",
        {"server.py": shop(made=WIDE.format("  # here"))},
        {"server.py": shop(made=UNMADE)},
    ),
    Removal(
        "a required scope left out",
        {"server.py": shop(made=SCOPES.format('"shop", "refunds"', "") + 'mcp = FastMCP("shop", auth=verifier)\n')},
        {"server.py": shop(made=SCOPES.format('"shop"', "  # here") + 'mcp = FastMCP("shop", auth=verifier)\n')},
    ),
    Removal(
        "a check left out of the registration",
        {"server.py": shop(decorators=SCOPE_CHECK)},
        {
            "server.py": shop(decorators=SCOPE_CHECK).replace(
                '@mcp.tool(auth=require_scopes("refund"))', "@mcp.tool  # here"
            )
        },
        tools=("server:mcp:refund",),
    ),
    Removal(
        "a tag dropped that a check is limited to",
        {"server.py": shop(made=TAGGED, decorators='@mcp.tool(tags={"admin"})\n')},
        {
            "server.py": shop(made=TAGGED, decorators='@mcp.tool(tags={"admin"})\n').replace(
                '@mcp.tool(tags={"admin"})\ndef refund', "@mcp.tool  # here\ndef refund"
            )
        },
        tools=("server:mcp:refund",),
    ),
    Removal(
        "a tool moved to a server without the middleware",
        {
            "server.py": shop(
                more=ALLOWED,
                made=OTHER + "mcp.add_middleware(Allowed())\n",
                end='\nopen_mcp.run(transport="http")\n' + HTTP,
            )
        },
        {
            "server.py": shop(
                more=ALLOWED,
                made=OTHER + "mcp.add_middleware(Allowed())\n",
                end='\nopen_mcp.run(transport="http")\n' + HTTP,
            ).replace("@mcp.tool\ndef refund", "@open_mcp.tool  # here\ndef refund")
        },
        tools=("server:open_mcp:refund",),
    ),
    Removal(
        "a framework pinned to a version that knows no checks of tools",
        {"server.py": shop(decorators=SCOPE_CHECK), "uv.lock": LOCK.format("3.4.9", "")},
        {"server.py": shop(decorators=SCOPE_CHECK), "uv.lock": LOCK.format("2.14.7", "  # here")},
    ),
    Removal(
        "a local server opened to the network",
        {"server.py": shop(made='mcp = FastMCP("shop")\n', end='\nmcp.run(transport="stdio")\n')},
        {"server.py": shop(made='mcp = FastMCP("shop")\n', end='\nmcp.run(transport="http")  # here\n')},
        rule="unauthenticated-network-server",
        also=("missing-tool-call-audit", "origin-validation-off"),
    ),
    Removal(
        "a check of each tool replaced by one for all",
        {"server.py": shop(before=CALL, more=IMPORT), "guards.py": GUARDS},
        {
            "server.py": shop(before=CALL, more=IMPORT),
            "guards.py": GUARDS.replace(
                'tool not in token.claims.get("allowed_tools", []):', '"shop" not in token.scopes:  # here'
            ),
        },
    ),
    Removal(
        "a claim widened to more roles",
        {"server.py": shop(before=ROLE)},
        {"server.py": shop(before=ROLE).replace('("admin",):', '("admin", "guest"):  # here', 1)},
        tools=("server:mcp:refund",),
    ),
    Removal(
        "a guard that the policy names emptied",
        {"server.py": shop(before=CALL, more="from vault import require\n"), "vault.py": VAULT},
        {
            "server.py": shop(before=CALL, more="from vault import require\n"),
            "vault.py": VAULT.replace(
                "    if not engine.decide(tool):\n        raise PermissionError(tool)\n",
                "    engine.decide(tool)  # here\n",
            ),
        },
        policy=Policy(guards=("vault.require",)),
    ),
    Removal(
        "a dependency left out of a tool",
        {"server.py": DEPENDS + "def refund(order: str, _=Depends(check)) -> str:\n    " + PAID + HTTP},
        {"server.py": DEPENDS + "def refund(order: str) -> str:  # here\n    " + PAID + HTTP},
        tools=("server:mcp:refund",),
    ),
    Removal(
        "a check of a dispatcher deleted",
        {"server.py": DISPATCHER.replace("{check}", DISPATCH_CHECK)},
        {"server.py": DISPATCHER.replace("{check}", "")},
        tools=("server:server:cancel", "server:server:refund"),
    ),
    Removal(
        "a wrapper left out of a registration",
        {"server.py": WRAPPED.replace("{refund}", 'guarded("refund")(refund)'), "guards.py": GUARDS},
        {"server.py": WRAPPED.replace("{refund})", "refund)  # here"), "guards.py": GUARDS},
        tools=("server:mcp:refund",),
    ),
    Removal(
        "the authentication of a parent dropped",
        {"server.py": shop(made=MOUNTED.replace("{auth}", f", auth={VERIFIER}"), end='\nmain.run(transport="http")\n')},
        {"server.py": shop(made=MOUNTED.replace("{auth})", ")  # here"), end='\nmain.run(transport="http")\n')},
    ),
    Removal(
        "the authentication of a parent dropped that nobody asks of the child",
        {"server.py": shop(made=DOUBLE.replace("{auth}", f", auth={VERIFIER}"), end=THROUGH)},
        {"server.py": shop(made=DOUBLE.replace("{auth})", ")  # here"), end=THROUGH)},
    ),
    Removal(
        "a server mounted into one without authentication",
        {"server.py": shop(made=DOUBLE.replace("{auth}", "").replace("main.mount(mcp)\n", ""), end=HTTP)},
        {"server.py": shop(made=DOUBLE.replace("{auth}", "").replace("mount(mcp)", "mount(mcp)  # here"), end=THROUGH)},
        rule="mounted-server-loses-authentication",
    ),
    Removal(
        "a record of every call no longer kept",
        {
            "server.py": shop(
                before=CALL, more=IMPORT + RECORD, end="\nmcp.add_middleware(Recorded())  # here\n" + HTTP
            ),
            "guards.py": GUARDS,
        },
        {"server.py": shop(before=CALL, more=IMPORT + RECORD, end="\n" + HTTP), "guards.py": GUARDS},
        rule="missing-tool-call-audit",
    ),
    Removal(
        "a guard deleted with all its calls",
        {
            "server.py": IMPORTS
            + LOCAL_GUARD
            + MADE
            + tool("refund", PAID, before=CALL.format(name="refund"))
            + tool("cancel", GONE, before=CALL.format(name="cancel"))
            + HTTP
        },
        {"server.py": IMPORTS + MADE + tool("refund", PAID) + tool("cancel", GONE) + HTTP},
    ),
)


@pytest.mark.parametrize("removal", REMOVALS, ids=lambda removal: removal.name.replace(" ", "-"))
def test_a_removal_is_one_finding_at_the_line_that_did_it(removal: Removal) -> None:
    report = review(removal.before, removal.after, removal.policy)
    found = [
        (item.rule, (item.location.side, item.location.path, item.location.line), tuple(sorted(item.new_tools)))
        for item in report.findings
        if item.new and item.rule not in (*UNRELATED, *removal.also)
    ]

    assert found == [(removal.rule, *removal.marks(), removal.tools)]


@pytest.mark.parametrize("name", SILENT)
def test_a_change_that_keeps_or_replaces_protection_is_silent(name: str) -> None:
    report = review(*SILENT[name])

    assert [item.rule for item in report.findings if item.new and item.rule not in UNRELATED] == []


def test_what_got_better_is_shown_with_its_cause() -> None:
    report = review({"server.py": shop()}, {"server.py": shop(before=CALL, more=IMPORT), "guards.py": GUARDS})

    assert [
        (change.tool, change.column, change.before, change.after, change.direction, change.cause)
        for change in report.authority_diff or ()
    ] == [
        ("server:mcp:cancel", "authorization", "none", "per_tool (allowed_tools)", "better", Cause("guards.py", 7)),
        ("server:mcp:refund", "authorization", "none", "per_tool (allowed_tools)", "better", Cause("guards.py", 7)),
    ]


def test_the_fix_of_a_removal_puts_back_what_was_deleted() -> None:
    removal = next(item for item in REMOVALS if item.name == "a decorator removed")
    report = review(removal.before, removal.after)
    (finding,) = [item for item in report.findings if item.rule == REMOVED]
    fix = finding.fix
    text = plain(removal.after)["server.py"]

    assert fix is not None
    assert fix.safety is Safety.SAFE
    assert apply_edits(text.encode(), fix.edits) == plain(removal.before)["server.py"].encode()
