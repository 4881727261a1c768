"""How servers are written that look like something else at first: folders of tools, masks, checks of other things."""

import pytest

from analyzers.finding import Confidence, Report, Severity
from analyzers.frameworks.queries import later_clause
from analyzers.rule import py
from tests.analyzers.rules.test_rules import plain_files, report_on


def rules_of(report: Report, rule: str) -> list[tuple[str, int, Severity, Confidence]]:
    return [
        (item.location.path, item.location.line, item.severity, item.confidence)
        for item in report.findings
        if item.rule == rule
    ]


FOLDER = py(
    """
    from pathlib import Path
    from fastmcp import FastMCP
    from fastmcp.server.providers import FileSystemProvider

    mcp = FastMCP("shop", providers=[FileSystemProvider(Path(__file__).parent / "tools")])

    @mcp.custom_route("/health", methods=["GET"])
    async def health(request):
        return None

    mcp.run(transport="http")
    """,
    **{
        "tools/orders": """
        from fastmcp.tools import tool

        @tool(annotations={"destructiveHint": True})
        def delete_order(number: str) -> None: ...

        @tool
        def read_order(number: str) -> str: ...
        """,
        "other/orders": """
        from fastmcp.tools import tool

        @tool
        def elsewhere(number: str) -> str: ...
        """,
    },
)


def test_tools_are_found_in_the_folder_of_a_provider() -> None:
    report = report_on(plain_files(FOLDER.files))

    assert [tool.name for tool in report.tools if tool.kind == "tool"] == ["delete_order", "read_order"]
    assert report.coverage.tools_dynamic == 0


def test_a_provider_of_a_folder_without_tools_is_told() -> None:
    report = report_on({"server.py": plain_files(FOLDER.files)["server.py"]})

    assert report.coverage.tools_dynamic == 1


FILLED = py(
    """
    from mcp.server.fastmcp import FastMCP

    class Factory:
        def create(self) -> FastMCP:
            mcp = FastMCP(name="shop", lifespan=self.lifespan)
            return mcp

        async def lifespan(self, server: FastMCP):
            self.fill(server)
            yield

        def fill(self, mcp: FastMCP) -> None:
            for tool in self.tools():
                mcp._tool_manager._tools[tool.name] = tool

    Factory().create().run()
    """
)


def test_a_server_whose_tools_are_put_into_its_manager_is_told() -> None:
    assert report_on(plain_files(FILLED.files)).coverage.tools_dynamic == 1


MADE = py(
    """
    from fastmcp import FastMCP

    mcp = FastMCP("shop")

    def made(name):
        def tool(number: str) -> str:
            return number

        tool.__name__ = name
        return tool

    for name in open("names.txt"):
        mcp.tool()(made(name))

    mcp.run()
    """
)


def test_functions_that_are_named_when_they_are_made_have_no_known_name() -> None:
    assert report_on(plain_files(MADE.files)).coverage.tools_dynamic == 1


MASKED = py(
    """
    import logging
    import os
    from fastmcp import FastMCP

    mcp = FastMCP("shop")
    logger = logging.getLogger(__name__)

    def settings(profile: dict) -> dict:
        return {"secret_key": os.getenv("SHOP_SECRET_KEY") or profile.get("secret_key"), "host": os.getenv("SHOP_HOST")}

    def main(profile: dict) -> None:
        given = settings(profile)
        logger.info("settings: %s", {k: ("***" if "key" in k else v) for k, v in given.items()})
        logger.info("settings: %s", {k: ("***" if "password" in k else v) for k, v in given.items()})
        mcp.run(transport="http")

    main({})
    """
)


def test_an_entry_that_is_masked_by_its_key_is_not_in_the_log() -> None:
    found = rules_of(report_on(plain_files(MASKED.files)), "secret-in-log")

    assert [line for _, line, _, _ in found] == [14]


CRAWLED = py(
    """
    import httpx
    from fastmcp import FastMCP

    mcp = FastMCP("crawler")

    @mcp.tool
    def crawl(url: str) -> str:
        text = httpx.get(url, follow_redirects=False).text
        if len(text) < 2000 and "." in url:
            text = httpx.get(url, follow_redirects=False).text
        return text

    mcp.run(transport="http")
    """
)


def test_a_dot_in_an_address_is_no_check_of_its_host() -> None:
    report = report_on(plain_files(CRAWLED.files))

    assert not rules_of(report, "ssrf-broken-guard")
    assert rules_of(report, "ssrf-model-controlled-host")


ASKING = py(
    """
    import httpx
    from fastmcp import FastMCP
    from fastmcp.server.auth import AccessToken, TokenVerifier

    class Client:
        def __init__(self, token: str) -> None:
            self.headers = {"Authorization": f"Token {token}"}

        def me(self) -> dict:
            return httpx.get("https://shop.example/me", headers=self.headers).json()

    class Verifier(TokenVerifier):
        async def verify_token(self, token: str) -> AccessToken | None:
            user = Client(token=token).me()
            return AccessToken(token=token, client_id=user["id"], scopes=[])

    mcp = FastMCP("shop", auth=Verifier())

    @mcp.tool
    def ping() -> str:
        return "pong"

    mcp.run(transport="http")
    """
)


def test_a_verifier_whose_client_asks_with_the_token_may_know_its_end() -> None:
    found = rules_of(report_on(plain_files(ASKING.files)), "token-without-expiry")

    assert [confidence for *_, confidence in found] == [Confidence.LOW]


BOUND = py(
    """
    import os
    from dataclasses import dataclass
    import httpx
    from fastmcp import FastMCP

    mcp = FastMCP("shop")

    @dataclass
    class Config:
        host: str = None

    config = Config(host=os.environ.get("SHOP_BIND_HOST", "127.0.0.1"))

    @mcp.tool
    def order(number: str) -> str:
        return httpx.post("https://shop.example/orders", headers={"X-Key": os.environ["SHOP_KEY"]}, json=number).text

    mcp.run(transport="http", host=config.host)
    """
)


def test_what_a_field_is_given_counts_before_its_default() -> None:
    report = report_on(plain_files(BOUND.files))
    found = [item.message for item in report.findings if item.rule == "unauthenticated-network-server"]

    assert len(found) == 1
    assert "from this machine" in found[0]


WORDED = py(
    """
    import json
    import httpx
    from fastmcp import FastMCP

    mcp = FastMCP("shop")

    def fetched(number: str) -> str:
        try:
            return httpx.get("https://shop.internal/", params={"n": number}).text
        except Exception as error:
            found = json.dumps({"error": f"failed: {error}"})
            if len(number) > 9:
                return found
        return found

    @mcp.tool
    def order(number: str) -> str:
        return fetched(number)

    @mcp.tool
    def name(number: str) -> str:
        return fetched(number)

    mcp.run(transport="http")
    """
)


def test_the_text_of_an_error_is_told_where_it_is_written() -> None:
    found = rules_of(report_on(plain_files(WORDED.files)), "internal-error-to-model")

    assert [line for _, line, _, _ in found] == [13]


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("match (n:memory) where n.name = $name detach delete n", "destroy"),
        ("unwind $names as name match (n {name: name}) set n.seen = true", "write"),
        ("match (n) set n:`label`", "write"),
        ("with old as (select id from orders) delete from orders using old", "destroy"),
        ("with x as (select 1) insert into orders select * from x", "write"),
        ("match (n) return n.created, n.deleted", ""),
        ("with x as (select created, offset_set from t) select * from x", ""),
        ("select delete from words", ""),
    ],
)
def test_what_a_later_clause_of_a_statement_changes(statement: str, kind: str) -> None:
    assert later_clause(statement) == kind


STARTED = """
import argparse
import httpx
from fastmcp import FastMCP

mcp = FastMCP("shop")

@mcp.tool
def create_order(item: str) -> str:
    return httpx.post("https://orders.internal/orders", json={"item": item}).text

def main() -> None:
    given = argparse.ArgumentParser().parse_args()
    CHANGED
    if given.transport == "stdio":
        mcp.run(transport=given.transport)
    else:
        app = mcp.http_app()
"""


def test_a_start_under_one_name_of_a_transport_is_no_start_over_http() -> None:
    lines = {
        changed: [
            finding.location.line
            for finding in report_on({"server.py": STARTED.replace("CHANGED", changed)}).findings
            if finding.rule == "origin-validation-off"
        ]
        for changed in ("pass", "given.transport = 'http'")
    }

    assert lines == {"pass": [18], "given.transport = 'http'": [16]}
