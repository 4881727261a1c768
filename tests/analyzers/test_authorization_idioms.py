"""Each way to authorize a tool is silent, and reported again when the check in it is removed."""

from typing import NamedTuple

import pytest

from analyzers import Change, Entry, FileFacts, Source, Tree, analyze, plan, read
from analyzers.finding import Confidence, Finding, Severity

FASTMCP = """
from fastmcp import FastMCP
from fastmcp.exceptions import ToolError
from fastmcp.server.auth.providers.jwt import JWTVerifier
from fastmcp.server.dependencies import get_access_token
from fastmcp.server.middleware import Middleware
import functools
import httpx

mcp = FastMCP("shop", auth=JWTVerifier(jwks_uri="https://id.example/jwks", audience="shop"))
"""
BODY = """    return httpx.post("https://payments.internal/refunds", json={"order": order}).text
"""
TOOL = (
    """
@mcp.tool
def refund(order: str) -> str:
"""
    + BODY
)
RUN = '\nmcp.run(transport="http")\n'
SDK = """
from mcp.server.fastmcp import FastMCP
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.settings import AuthSettings
from verifier import verifier
import httpx

mcp = FastMCP("shop", token_verifier=verifier, auth=AuthSettings(issuer_url="https://id.example"))
"""
SDK_RUN = '\nmcp.run(transport="streamable-http")\n'
SDK_2 = """
from mcp.server import MCPServer
from mcp.server.auth.middleware.auth_context import get_access_token
from verifier import verifier
import httpx
"""
LOW_LEVEL = """
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.middleware.bearer_auth import RequireAuthMiddleware
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.applications import Starlette
from starlette.middleware import Middleware
import httpx
"""
SERVED = """
manager = StreamableHTTPSessionManager(server)
app = Starlette(middleware=[Middleware(RequireAuthMiddleware)])
"""
REFUSAL = """    token = get_access_token()
    if token is None or "orders:refund" not in token.scopes:
        raise PermissionError("forbidden")
"""


class Idiom(NamedTuple):
    """A program that authorizes its tool, and the part of it that does."""

    name: str
    program: str
    check: str
    without: str = ""
    reported: tuple[str, Severity] = ("missing-per-tool-authorization", Severity.MEDIUM)


DECORATOR = """
def requires(scope):
    def decorate(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            token = get_access_token()
            if token is None or scope not in token.scopes:
                raise ToolError("forbidden")
            return function(*args, **kwargs)
        return wrapper
    return decorate
"""
MIDDLEWARE = """
class Allowed(Middleware):
    async def on_call_tool(self, context, call_next):
        token = get_access_token()
        allowed = token.claims.get("allowed_tools", []) if token else []
        if context.message.name not in allowed:
            raise ToolError("forbidden")
        return await call_next(context)
"""
IDIOMS = (
    Idiom("in-the-handler", FASTMCP + "\n@mcp.tool\ndef refund(order: str) -> str:\n" + REFUSAL + BODY + RUN, REFUSAL),
    Idiom(
        "by-a-helper",
        FASTMCP + "\ndef require():\n" + REFUSAL + TOOL.replace(BODY, "    require()\n" + BODY) + RUN,
        "    require()\n",
    ),
    Idiom(
        "by-a-decorator",
        FASTMCP + DECORATOR + TOOL.replace("@mcp.tool\n", '@mcp.tool\n@requires("orders:refund")\n') + RUN,
        '@requires("orders:refund")\n',
    ),
    Idiom(
        "by-a-middleware",
        FASTMCP + MIDDLEWARE + "\nmcp.add_middleware(Allowed())\n" + TOOL + RUN,
        "mcp.add_middleware(Allowed())\n",
    ),
    Idiom(
        "at-the-registration",
        FASTMCP
        + "from fastmcp.server.auth import require_scopes\n"
        + TOOL.replace("@mcp.tool", '@mcp.tool(auth=require_scopes("orders:refund"))')
        + RUN,
        '(auth=require_scopes("orders:refund"))',
    ),
    Idiom(
        "by-a-restricted-tag",
        FASTMCP
        + "from fastmcp.server.auth import restrict_tag\nfrom fastmcp.server.middleware import AuthMiddleware\n"
        + 'mcp.add_middleware(AuthMiddleware(auth=restrict_tag("money", scopes=["orders:refund"])))\n'
        + TOOL.replace("@mcp.tool", '@mcp.tool(tags={"money"})')
        + RUN,
        '(tags={"money"})',
        reported=("restriction-tag-misses-tool", Severity.HIGH),
    ),
    Idiom(
        "by-an-injected-token",
        FASTMCP
        + "from fastmcp.dependencies import CurrentAccessToken\n"
        + "\n@mcp.tool\ndef refund(order: str, token=CurrentAccessToken()) -> str:\n"
        + REFUSAL.replace("    token = get_access_token()\n", "")
        + BODY
        + RUN,
        REFUSAL.replace("    token = get_access_token()\n", ""),
    ),
    Idiom(
        "registered-by-a-call",
        FASTMCP + "\ndef refund(order: str) -> str:\n" + REFUSAL + BODY + '\nmcp.tool(name="refund")(refund)\n' + RUN,
        REFUSAL,
    ),
    Idiom("mcp-1", SDK + "\n@mcp.tool()\ndef refund(order: str) -> str:\n" + REFUSAL + BODY + SDK_RUN, REFUSAL),
    Idiom(
        "mcp-2",
        SDK_2
        + '\nmcp = MCPServer("shop", token_verifier=verifier)\n\n@mcp.tool()\ndef refund(order: str) -> str:\n'
        + REFUSAL
        + BODY
        + SDK_RUN,
        REFUSAL,
    ),
    Idiom(
        "mcp-2-middleware",
        SDK_2
        + """
REQUIRED = {"refund": "orders:refund"}

async def authorize(ctx, call_next):
    if ctx.method == "tools/call":
        need, token = REQUIRED.get((ctx.params or {}).get("name")), get_access_token()
        if token is None:
            raise PermissionError("unauthenticated")
        if need is None or need not in token.scopes:
            raise PermissionError("forbidden")
    return await call_next(ctx)

mcp = MCPServer("shop", token_verifier=verifier, middleware=[authorize])
"""
        + "\n@mcp.tool()\ndef refund(order: str) -> str:\n"
        + BODY
        + SDK_RUN,
        ", middleware=[authorize]",
    ),
    Idiom(
        "low-level-mcp-1",
        LOW_LEVEL
        + """
server = Server("shop")

@server.call_tool()
async def call_tool(name, arguments):
    token = get_access_token()
    if token is None or name not in token.scopes:
        raise PermissionError("forbidden")
    if name == "refund":
        return httpx.post("https://payments.internal/refunds", json=arguments).text
    raise ValueError(name)
"""
        + SERVED,
        '    if token is None or name not in token.scopes:\n        raise PermissionError("forbidden")\n',
    ),
    Idiom(
        "low-level-mcp-2",
        LOW_LEVEL
        + """
async def call_tool(ctx, params):
    token = get_access_token()
    if token is None or params.name not in token.scopes:
        raise PermissionError("forbidden")
    if params.name == "refund":
        return httpx.post("https://payments.internal/refunds", json=params.arguments).text
    raise ValueError(params.name)

server = Server("shop", on_call_tool=call_tool)
"""
        + SERVED,
        '    if token is None or params.name not in token.scopes:\n        raise PermissionError("forbidden")\n',
    ),
)
AUTHORIZATION = (
    "missing-per-tool-authorization",
    "ineffective-authorization-check",
    "fail-open-authorization",
    "unauthenticated-network-server",
    "authorization-only-on-list",
    "restriction-tag-misses-tool",
)


def tree(files: dict[str, str]) -> Tree:
    texts = {path: text.encode() for path, text in files.items()}
    entries = tuple(Entry(path, path, size=len(data)) for path, data in texts.items())
    facts: dict[str, FileFacts] = {}
    for entry in plan(entries).read:
        found = read(Source(entry.path, entry.blob, texts[entry.path]))
        assert isinstance(found, FileFacts)
        facts[entry.path] = found
    return Tree(entries, facts, (), texts)


def findings(program: str, **others: str) -> list[Finding]:
    report = analyze(tree({"server.py": program, **{f"{stem}.py": text for stem, text in others.items()}}))
    assert report.failures == ()
    return [finding for finding in report.findings if finding.rule in AUTHORIZATION]


@pytest.mark.parametrize("idiom", IDIOMS, ids=[idiom.name for idiom in IDIOMS])
def test_an_authorized_tool_is_silent(idiom: Idiom) -> None:
    assert findings(idiom.program) == []


@pytest.mark.parametrize("idiom", IDIOMS, ids=[idiom.name for idiom in IDIOMS])
def test_a_tool_is_reported_when_its_check_is_removed(idiom: Idiom) -> None:
    assert idiom.check in idiom.program

    reported = findings(idiom.program.replace(idiom.check, idiom.without))

    assert [(finding.rule, finding.severity) for finding in reported] == [idiom.reported]


def test_one_cause_is_reported_once_as_what_it_is() -> None:
    program = (
        FASTMCP
        + TOOL.replace(BODY, "    token = get_access_token()\n    assert token and 'a' in token.scopes\n" + BODY)
        + RUN
    )

    assert [finding.rule for finding in findings(program)] == ["ineffective-authorization-check"]


def test_a_shared_check_that_fails_open_is_one_finding_for_all_its_tools() -> None:
    helper = """
def require(tool):
    token = get_access_token()
    if token and tool not in token.scopes:
        raise ToolError("forbidden")
"""
    tools = TOOL.replace(BODY, '    require("refund")\n' + BODY)
    second = tools.replace("refund(", "cancel(").replace('"refund"', '"cancel"')

    (finding,) = findings(FASTMCP + helper + tools + second + RUN)

    assert finding.rule == "fail-open-authorization"
    assert len(finding.tools) == 2


def test_a_mode_of_the_process_authorizes_no_caller_and_lowers_the_severity() -> None:
    gate = '    if os.environ.get("READ_ONLY"):\n        raise ToolError("read only")\n'
    (finding,) = findings("import os\n" + FASTMCP + TOOL.replace(BODY, gate + BODY) + RUN)

    assert (finding.rule, finding.severity) == ("missing-per-tool-authorization", Severity.LOW)


def test_state_of_the_process_is_a_mode_and_a_missing_credential_is_none() -> None:
    told = """    state = ctx.request_context.lifespan_context
    app = state.get("app") if isinstance(state, dict) else None
    if app is not None and app.read_only:
        raise ToolError("read only")
"""
    configured = '    if not os.environ.get("PAYMENTS_TOKEN"):\n        raise ToolError("not configured")\n'
    tool = TOOL.replace("order: str", "ctx: Context, order: str")
    (mode,) = findings("from fastmcp import Context\n" + FASTMCP + tool.replace(BODY, told + BODY) + RUN)
    (open_,) = findings("import os\n" + FASTMCP + TOOL.replace(BODY, configured + BODY) + RUN)

    assert (mode.rule, mode.severity) == ("missing-per-tool-authorization", Severity.LOW)
    assert (open_.rule, open_.severity) == ("missing-per-tool-authorization", Severity.MEDIUM)


def test_a_credential_of_the_caller_leaves_the_decision_to_the_service() -> None:
    program = (
        FASTMCP
        + "from fastmcp.server.dependencies import get_http_headers\n"
        + """
@mcp.tool
def refund(order: str) -> str:
    headers = {"Authorization": get_http_headers()["x-payments-token"]}
    return httpx.post("https://payments.internal/refunds", headers=headers, json={"order": order}).text
"""
        + RUN
    )

    assert findings(program) == []


def test_reading_needs_its_check_only_before_the_result() -> None:
    program = (
        FASTMCP
        + """
import sqlite3

@mcp.tool
def order(number: str) -> str:
    row = sqlite3.connect("shop.db").execute("select owner from orders where id = ?", (number,)).fetchone()
    token = get_access_token()
    if token is None or row[0] != token.claims["sub"]:
        raise ToolError("forbidden")
    return row[0]
"""
        + RUN
    )

    assert findings(program) == []


def test_a_literal_loopback_address_lowers_an_open_server_by_one() -> None:
    program = FASTMCP.replace(', auth=JWTVerifier(jwks_uri="https://id.example/jwks", audience="shop")', "") + TOOL
    everywhere = findings(program + '\nmcp.run(transport="http", host="0.0.0.0")\n')
    loopback = findings(program + '\nmcp.run(transport="http", host="127.0.0.1")\n')

    assert [finding.severity for finding in everywhere] == [Severity.HIGH]
    assert [finding.severity for finding in loopback] == [Severity.MEDIUM]


@pytest.mark.parametrize(
    "host",
    [
        'os.environ.get("HOST", "127.0.0.1")',
        "parser.parse_args().host",
        'getattr(parser.parse_args(), "host", "localhost")',
        'parser.parse_args().other or "localhost"',
    ],
)
def test_an_address_is_loopback_where_the_default_is(host: str) -> None:
    bare = FASTMCP.replace(', auth=JWTVerifier(jwks_uri="https://id.example/jwks", audience="shop")', "")
    options = """
import argparse
import os

parser = argparse.ArgumentParser()
parser.add_argument("--host", default="127.0.0.1")
"""
    (found,) = findings(bare + options + TOOL + f'\nmcp.run(transport="http", host={host})\n')

    assert "from this machine" in found.message


LISTENING = """
import os
import typer
import uvicorn
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("shop")
app = typer.Typer()


@mcp.tool()
def cancel(order: str) -> str:
    return httpx.delete("https://orders.internal/orders", params={"o": order}).text


@app.command()
def serve(host: str = typer.Option(os.environ.get("HOST", "localhost"))) -> None:
    listen(host)
"""


@pytest.mark.parametrize(
    "listen",
    [
        "    mcp.settings.host = host\n    mcp.run(transport='sse')",
        "    uvicorn.run(mcp.streamable_http_app(), host=host)",
    ],
)
def test_an_address_is_read_from_settings_and_from_the_runner(listen: str) -> None:
    program = f"import httpx\n{LISTENING}\n\ndef listen(host):\n{listen}\n"
    (here,) = findings(program)
    (everywhere,) = findings(program.replace('"localhost"', '"0.0.0.0"'))

    assert "from this machine" in here.message
    assert everywhere.severity > here.severity


def test_a_provider_given_after_construction_authenticates() -> None:
    bare = FASTMCP.replace(', auth=JWTVerifier(jwks_uri="https://id.example/jwks", audience="shop")', "")
    program = bare + '\nmcp.auth = JWTVerifier(jwks_uri="https://id.example/jwks", audience="shop")\n' + TOOL + RUN

    assert [finding.rule for finding in findings(program)] == ["missing-per-tool-authorization"]


def test_a_new_tool_whose_handler_is_not_found_is_told_in_a_review_alone() -> None:
    before = FASTMCP + RUN
    after = FASTMCP + "from elsewhere import tools\n\nmcp.add_tool(tools.refund)\n" + RUN
    change = Change(changed=("server.py",))

    report = analyze(tree({"server.py": after}), tree({"server.py": before}), change)
    unresolved = [finding for finding in report.findings if finding.rule == "unresolved-authorization"]

    assert [(finding.new, finding.confidence) for finding in unresolved] == [(True, Confidence.HIGH)]
    assert [
        finding.rule
        for finding in analyze(tree({"server.py": after})).findings
        if finding.rule == "unresolved-authorization"
    ] == []


DELEGATED = """
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build


def credentials_of(access):
    return Credentials(token=access.token) if access is not None else stored()


def with_service(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        service = build("gmail", "v1", credentials=credentials_of(get_access_token()))
        return function(service, *args, **kwargs)

    return wrapper


@mcp.tool
@with_service
def send(service, order: str) -> str:
    return service.users().messages().send(userId="me", body={"order": order}).execute()
"""


def test_a_tool_that_may_act_with_its_callers_token_is_less_sure() -> None:
    (delegated,) = findings(FASTMCP + DELEGATED + RUN)
    (own,) = findings(FASTMCP + DELEGATED.replace("Credentials(token=access.token)", "stored()") + RUN)

    assert {delegated.rule, own.rule} == {"missing-per-tool-authorization"}
    assert delegated.confidence < own.confidence


KEPT = """
import boto3
from crm import Crm

kept = boto3.client("secretsmanager")

@mcp.tool
def send(order: str) -> str:
    held = json.loads(kept.get_secret_value(SecretId=NAME)["SecretString"])
    return Crm(user=held["user"], password=held["password"]).orders.create(order)
"""


def test_a_tool_that_acts_with_what_is_kept_for_its_caller_is_less_sure() -> None:
    found = {
        name: next(
            finding.confidence
            for finding in findings(FASTMCP + KEPT.replace("NAME", name) + RUN)
            if finding.rule == "missing-per-tool-authorization"
        )
        for name in ('get_access_token().claims["sub"]', '"crm"')
    }

    assert found['get_access_token().claims["sub"]'] < found['"crm"']


CARRIED = """
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build
from starlette.middleware.base import BaseHTTPMiddleware
from fastmcp.server.dependencies import get_http_request


class Keep(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        request.state.crm_token = request.headers.get("X-Crm-Token")
        return await call_next(request)


def service():
    return build("gmail", "v1", credentials=Credentials(token=get_http_request().state.crm_token))


@mcp.tool
def send(order: str) -> str:
    return service().users().messages().send(userId="me", body={"order": order}).execute()
"""


def test_a_tool_that_acts_with_a_credential_of_its_request_is_decided_downstream() -> None:
    assert findings(FASTMCP + CARRIED + RUN) == []
    (own,) = findings(FASTMCP + CARRIED.replace('request.headers.get("X-Crm-Token")', "stored()") + RUN)

    assert own.rule == "missing-per-tool-authorization"
