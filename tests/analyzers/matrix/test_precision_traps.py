"""What looks like a finding and is none, and what looks safe and is not."""

import pytest

from analyzers import Report
from analyzers.finding import Confidence
from tests.analyzers.matrix.cells import scan
from tests.analyzers.matrix.programs import FRAMEWORKS, FastMcp3, Framework, Mcp2LowLevel, Parts, Tool

MISSING = "missing-per-tool-authorization"
VOID = "ineffective-authorization-check"
FASTMCP = FastMcp3()
HTTP_RUN = 'mcp.run(transport="http")\n'
POST = 'return httpx.post("https://payments.internal/refunds", json={"order": order}).text\n'
SERVER = 'import os\nimport httpx\nfrom fastmcp import FastMCP\n\nmcp = FastMCP("shop"{more})\n\n'
AUTHENTICATED = SERVER.format(more=", auth=verifier") + "from provider import verifier\n"


def rules(report: Report) -> set[str]:
    """Return the ids of the rules that report something."""
    assert report.failures == ()
    return {finding.rule for finding in report.findings}


def fetching(framework: Framework, url: str, parameters: str = "path: str") -> Report:
    """Return the report on a tool that gets a URL (an expression)."""
    body = f"return {framework.client}.get({url}).text\n"
    return scan(framework.program(Parts((Tool("read", body, parameters),), 'BASE = "https://api.example.com"\n')))


def test_a_method_registered_by_a_call_in_a_constructor_is_the_handler() -> None:
    source = AUTHENTICATED + (
        "class Tools:\n    def __init__(self, server):\n        server.tool(name='refund')(self.refund)\n\n"
        f"    def refund(self, order: str) -> str:\n        {POST}\nTools(mcp)\n{HTTP_RUN}"
    )
    report = scan({"server.py": source})

    assert [(row.name, row.capabilities) for row in report.tools] == [("refund", ("write",))]
    assert MISSING in rules(report)


def test_a_decorator_that_asks_for_a_mode_is_no_authorization() -> None:
    source = AUTHENTICATED + (
        "import functools\n\ndef check_write_access(function):\n    @functools.wraps(function)\n"
        "    def wrapper(*args, **kwargs):\n        if os.environ.get('READ_ONLY'):\n"
        "            raise ValueError('read only')\n"
        "        return function(*args, **kwargs)\n    return wrapper\n\n"
        f"@mcp.tool\n@check_write_access\ndef refund(order: str) -> str:\n    {POST}\n{HTTP_RUN}"
    )

    assert MISSING in rules(scan({"server.py": source}))


@pytest.mark.parametrize(("tags", "is_reported"), [("", True), ('(tags={"admin"})', False)])
def test_a_restricted_tag_leaves_untagged_tools_open(tags: str, is_reported: bool) -> None:
    source = AUTHENTICATED + (
        "from fastmcp.server.auth import restrict_tag\nfrom fastmcp.server.middleware import AuthMiddleware\n\n"
        'mcp.add_middleware(AuthMiddleware(auth=restrict_tag("admin", scopes=["admin"])))\n\n'
        f"@mcp.tool{tags}\ndef refund(order: str) -> str:\n    {POST}\n{HTTP_RUN}"
    )

    assert ("restriction-tag-misses-tool" in rules(scan({"server.py": source}))) is is_reported


def test_a_provider_of_a_mounted_server_protects_nothing() -> None:
    source = (
        "import httpx\nfrom fastmcp import FastMCP\nfrom provider import verifier\n\n"
        'mcp = FastMCP("main")\nchild = FastMCP("child", auth=verifier)\nmcp.mount(child, namespace="shop")\n\n'
        f"@child.tool\ndef refund(order: str) -> str:\n    {POST}\n{HTTP_RUN}"
    )

    assert "mounted-server-loses-authentication" in rules(scan({"server.py": source}))


def test_a_local_server_with_a_token_of_its_environment_is_silent() -> None:
    source = SERVER.format(more="") + (
        'TOKEN = os.environ["SHOP_TOKEN"]\n\n@mcp.tool\ndef refund(order: str) -> str:\n'
        '    headers = {"Authorization": f"Bearer {TOKEN}"}\n'
        '    return httpx.post("https://payments.internal/", headers=headers, json={"order": order}).text\n\n'
        "mcp.run()\n"
    )

    assert rules(scan({"server.py": source})) == set()


def test_a_transport_chosen_on_the_command_line_lowers_the_confidence() -> None:
    chosen = (
        "import argparse\nparser = argparse.ArgumentParser()\n"
        'parser.add_argument("--transport", choices=["stdio", "http"], default="stdio")\n'
        "mcp.run(transport=parser.parse_args().transport)\n"
    )
    tool = f"@mcp.tool\ndef refund(order: str) -> str:\n    {POST}\n"
    found = [
        next(item for item in scan({"server.py": AUTHENTICATED + tool + run}).findings if item.rule == MISSING)
        for run in (HTTP_RUN, chosen)
    ]

    assert [item.confidence for item in found] == [Confidence.HIGH, Confidence.MEDIUM]
    assert found[0].severity == found[1].severity


@pytest.mark.parametrize("framework", FRAMEWORKS, ids=[framework.name for framework in FRAMEWORKS])
@pytest.mark.parametrize(("header", "form"), [("x-service-token", ""), ("", "user_assertion")])
def test_a_credential_for_the_downstream_is_no_passthrough(framework: Framework, header: str, form: str) -> None:
    own = f'token = get_http_headers()["{header}"]\n'
    exchanged = (
        f'credential = OnBehalfOfCredential(tenant_id="t", client_id="c", {form}=get_access_token().token)\n'
        'token = credential.get_token("https://graph.microsoft.com/Mail.Read").token\n'
    )
    imports = (
        "from azure.identity import OnBehalfOfCredential\nfrom fastmcp.server.dependencies import get_http_headers\n"
    )
    body = (own if header else exchanged) + (
        f'return {framework.client}.get("https://graph.microsoft.com/v1.0/me", '
        'headers={"Authorization": f"Bearer {token}"}).text\n'
    )

    assert "token-passthrough" not in rules(scan(framework.program(Parts((Tool("read", body),), imports))))


@pytest.mark.parametrize("framework", FRAMEWORKS, ids=[framework.name for framework in FRAMEWORKS])
@pytest.mark.parametrize(
    ("url", "is_reported"),
    [
        ('f"{BASE}{path}"', True),
        ('f"{BASE}/{path}"', False),
        ('"https://api.example.com" + path', True),
        ('"https://api.example.com/" + path', False),
        ('f"{BASE}/users/{__import__("urllib.parse").parse.quote(path, safe="")}"', False),
    ],
)
def test_what_stands_behind_the_slash_chooses_no_host(framework: Framework, url: str, is_reported: bool) -> None:
    assert ("ssrf-model-controlled-host" in rules(fetching(framework, url))) is is_reported


@pytest.mark.parametrize("name", ["page_token", "next_token", "max_tokens", "token_type"])
def test_a_parameter_named_like_a_credential_is_none(name: str) -> None:
    source = (
        AUTHENTICATED + f'@mcp.tool\ndef pages({name}: str = "q7Zr2Lw9Xc4Vb8Nm1Kp6") -> str:\n    return {name}\n\n'
    )

    assert "hardcoded-credential" not in rules(scan({"server.py": source + HTTP_RUN}))


@pytest.mark.parametrize(("verify", "is_reported"), [("settings.verify_ssl", False), ("False", True)])
def test_verification_that_a_setting_decides_is_not_turned_off(verify: str, is_reported: bool) -> None:
    settings = (
        "from pydantic_settings import BaseSettings\n\nclass Settings(BaseSettings):\n    verify_ssl: bool = True\n\n"
    )
    call = f'httpx.get("https://api.example.com/", verify={verify}).text'
    source = f"{AUTHENTICATED}{settings}settings = Settings()\n\n@mcp.tool\ndef read() -> str:\n    return {call}\n\n"

    assert ("tls-verification-disabled" in rules(scan({"server.py": source + HTTP_RUN}))) is is_reported


def test_snake_case_annotations_and_params_of_mcp_2_are_read() -> None:
    framework = Mcp2LowLevel()
    annotated = "from mcp.types import ToolAnnotations\nHINTS = ToolAnnotations(read_only_hint=True)\n"
    body = f'return {framework.client}.post("https://payments.internal/refunds", json={{"order": order}}).text\n'
    report = scan(framework.program(Parts((Tool("refund", body),), annotated)))

    assert [(row.name, row.capabilities) for row in report.tools] == [("refund", ("write",))]
    assert MISSING in rules(report)


def test_the_ready_made_logger_is_no_audit_record() -> None:
    source = (
        SERVER.format(more=", middleware=[LoggingMiddleware()]")
        + f"@mcp.tool\ndef refund(order: str) -> str:\n    {POST}\n"
    )
    imports = "from fastmcp.server.middleware.logging import LoggingMiddleware\n"

    assert "audit-without-tool-or-subject" in rules(scan({"server.py": imports + source + HTTP_RUN}))


@pytest.mark.parametrize(
    ("call", "is_reported"), [("refund(order)", True), ('await mcp.call_tool("refund", {"order": order})', False)]
)
def test_a_guard_at_the_registration_is_no_guard_of_a_direct_call(call: str, is_reported: bool) -> None:
    source = AUTHENTICATED + (
        "from fastmcp.server.auth import require_scopes\n\n"
        f'@mcp.tool(auth=require_scopes("refund"))\ndef refund(order: str) -> str:\n    {POST}\n'
        f"@mcp.tool\nasync def settle(order: str) -> str:\n    return str({call})\n\n{HTTP_RUN}"
    )
    found = scan({"server.py": source}).findings
    reported = {name for item in found if item.rule == "guarded-tool-called-directly" for name in item.tools}

    assert any(name.endswith(":settle") for name in reported) is is_reported


@pytest.mark.parametrize("framework", FRAMEWORKS, ids=[framework.name for framework in FRAMEWORKS])
def test_the_subject_claim_identifies_a_caller_in_every_version(framework: Framework) -> None:
    body = (
        'token = get_access_token()\nif token is None or token.claims["sub"] != owner_of(order):\n'
        '    raise PermissionError("forbidden")\n'
        f'return {framework.client}.post("https://payments.internal/refunds", json={{"order": order}}).text\n'
    )
    report = scan(framework.program(Parts((Tool("refund", body),), "from orders import owner_of")))

    assert rules(report).isdisjoint({MISSING, VOID})


@pytest.mark.parametrize("client", ["httpx", "requests"])
def test_the_first_hop_of_a_checked_request_is_bounded(client: str) -> None:
    source = AUTHENTICATED + (
        f"import {client}\nfrom urllib.parse import urlsplit\n\n@mcp.tool\ndef read(url: str) -> str:\n"
        '    if urlsplit(url).scheme != "https" or urlsplit(url).hostname not in {"docs.example.com"}:\n'
        f"        raise ValueError(url)\n    return {client}.get(url).text\n\n{HTTP_RUN}"
    )

    assert rules(scan({"server.py": source})).isdisjoint({"ssrf-model-controlled-host", "ssrf-broken-guard"})


def test_a_server_made_of_a_description_is_one_row_that_can_write() -> None:
    source = (
        "import os\nimport httpx\nfrom fastmcp import FastMCP\nfrom provider import verifier\n\n"
        'client = httpx.AsyncClient(headers={"Authorization": os.environ["API_TOKEN"]})\n'
        "mcp = FastMCP.from_openapi({}, client=client, auth=verifier)\n" + HTTP_RUN
    )
    (row,) = scan({"server.py": source}).tools

    assert row.capabilities == ("write",)
    assert row.unresolved


@pytest.mark.parametrize("value", ["YOUR_TOKEN_HERE", "<token>", "changeme", "${CRM_TOKEN}", "xxxxxxxxxxxxxxxx"])
def test_a_placeholder_is_no_credential(value: str) -> None:
    source = f'{AUTHENTICATED}CRM_TOKEN = "{value}"\n\n@mcp.tool\ndef token() -> bool:\n    return bool(CRM_TOKEN)\n\n'

    assert "hardcoded-credential" not in rules(scan({"server.py": source + HTTP_RUN}))
