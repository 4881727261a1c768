"""Checks that are written, and cannot refuse."""

from collections.abc import Iterator, Mapping

from analyzers.authority.misnamed_checks import foreign_check, misspelt_check
from analyzers.authority.mode_gaps import gaps
from analyzers.authority.rows import Row
from analyzers.authority.weakness import Weakness
from analyzers.evidence.void_checks import drafts_of, left_out, title_of, weak_rows
from analyzers.examples import HEAD, READ_ONLY, TOOL
from analyzers.finding import Severity
from analyzers.fixes.checks import mended
from analyzers.rule import Analysis, Draft, Proposal, Rule, py

REQUIRE = """
            def require_tool(name):
                token = get_access_token()
                if token is None or name not in token.claims.get("allowed_tools", []):
                    raise ToolError("forbidden")
"""
HAS = """
            {kind}def has_scope(scope):
                token = get_access_token()
                return token is not None and scope in token.scopes
"""


class IneffectiveAuthorizationCheck(Rule):
    """
    ## What it finds
    A check that stands in the code of a tool and never stops a call: an `assert`; a refusal that is caught and
    forgotten; an effect that starts before the check; an answer that is thrown away or never awaited; a check for the
    name of another tool, or for another spelling of it than the one dispatched on; a search for a name inside one
    string; `require_scopes()` without a scope, `restrict_tag` with an empty list, an `auth=` that always answers yes;
    a guard decorator above the decorator that registers the tool. And a switch of the whole server, as `--readonly`,
    that most tools that change something ask and one does not: there the operator's refusal refuses nothing, on stdio
    as well.

    Helpers that raise are followed into the files they come from; a check that holds by any way is not reported.

    ## Why it matters
    The tool looks authorized to everyone who reads it, and runs for every caller. A guard that cannot say no is worse
    than none, because nobody looks for another.

    ## Fix
    Refuse in a branch that raises, before the first effect and outside of any handler that catches the refusal; await
    asynchronous checks; put guard decorators below the registration. Test every guard with an empty token.
    """

    id = "ineffective-authorization-check"
    summary = "a check cannot refuse a call"
    principle = "verify_explicitly"
    severity = Severity.HIGH
    cwe = ("CWE-863", "CWE-252")
    owasp = ("MCP07",)
    spec = ("basic/authorization", "server/tools#security-considerations")
    pattern = "guard-that-can-say-no"
    column = "authorization"
    examples = (
        py(
            HEAD
            + """
            @mcp.tool
            def refund(order: str) -> str:
                token = get_access_token()
                assert token is not None and "orders:refund" in token.scopes  # finding
                return httpx.post("https://payments.internal/refunds", json={"order": order}).text

            mcp.run(transport="http")
            """,
            note="`python -O` leaves assertions out",
        ),
        py(
            HEAD
            + REQUIRE
            + """
            @mcp.tool
            def refund(order: str) -> str:
                try:
                    require_tool("refund")  # finding
                except ToolError:
                    print("denied")
                return httpx.post("https://payments.internal/refunds", json={"order": order}).text

            mcp.run(transport="http")
            """,
            note="the refusal is swallowed",
        ),
        py(
            HEAD
            + REQUIRE
            + """
            import contextlib

            @mcp.tool
            def refund(order: str) -> str:
                with contextlib.suppress(ToolError):
                    require_tool("refund")  # finding
                return httpx.post("https://payments.internal/refunds", json={"order": order}).text

            mcp.run(transport="http")
            """,
        ),
        py(
            HEAD
            + REQUIRE
            + """
            import asyncio

            async def pay(order):
                async with httpx.AsyncClient() as client:
                    return (await client.post("https://payments.internal/refunds", json={"order": order})).text

            @mcp.tool
            async def refund(order: str) -> str:
                task = asyncio.create_task(pay(order))
                require_tool("refund")  # finding
                return await task

            mcp.run(transport="http")
            """,
            note="the effect has started",
        ),
        py(
            HEAD + HAS.format(kind="") + TOOL.format(guard='has_scope("orders:refund")  # finding'),
            note="nobody looks at the answer",
        ),
        py(
            HEAD
            + HAS.format(kind="async ")
            + """
            @mcp.tool
            async def refund(order: str) -> str:
                if not has_scope("orders:refund"):  # finding
                    raise ToolError("forbidden")
                return httpx.post("https://payments.internal/refunds", json={"order": order}).text

            mcp.run(transport="http")
            """,
            fixed=HEAD
            + HAS.format(kind="async ")
            + """
            @mcp.tool
            async def refund(order: str) -> str:
                if not await has_scope("orders:refund"):
                    raise ToolError("forbidden")
                return httpx.post("https://payments.internal/refunds", json={"order": order}).text

            mcp.run(transport="http")
            """,
            note="a coroutine is always true",
        ),
        py(
            HEAD
            + """
            from fastmcp.server.auth import require_scopes

            @mcp.tool(auth=require_scopes())  # finding
            def refund(order: str) -> str:
                return httpx.post("https://payments.internal/refunds", json={"order": order}).text

            @mcp.tool(auth=lambda ctx: True)  # finding
            def cancel(order: str) -> str:
                return httpx.delete("https://payments.internal/orders", params={"order": order}).text

            @mcp.tool(auth=require_scopes("orders:create"))
            def create(order: str) -> str:
                return httpx.post("https://payments.internal/orders", json={"order": order}).text

            mcp.run(transport="http")
            """,
            note="fastmcp 3 and 4",
        ),
        py(
            HEAD
            + """
            from fastmcp.server.auth import restrict_tag
            from fastmcp.server.middleware import AuthMiddleware

            mcp.add_middleware(AuthMiddleware(auth=restrict_tag("admin", scopes=[])))  # finding

            @mcp.tool(tags={"admin"})
            def refund(order: str) -> str:
                return httpx.post("https://payments.internal/refunds", json={"order": order}).text

            mcp.run(transport="http")
            """,
        ),
        py(
            HEAD
            + """
            import functools

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

            @requires("orders:refund")  # finding
            @mcp.tool
            def refund(order: str) -> str:
                return httpx.post("https://payments.internal/refunds", json={"order": order}).text

            @mcp.tool
            @requires("orders:cancel")
            def cancel(order: str) -> str:
                return httpx.delete("https://payments.internal/orders", params={"order": order}).text

            mcp.run(transport="http")
            """,
            fixed=HEAD
            + """
            import functools

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

            @mcp.tool
            @requires("orders:refund")
            def refund(order: str) -> str:
                return httpx.post("https://payments.internal/refunds", json={"order": order}).text

            @mcp.tool
            @requires("orders:cancel")
            def cancel(order: str) -> str:
                return httpx.delete("https://payments.internal/orders", params={"order": order}).text

            mcp.run(transport="http")
            """,
            note="the order of the decorators decides",
        ),
        py(
            HEAD
            + """
            @mcp.tool
            def refund(order: str) -> str:
                token = get_access_token()
                if token is None or "refund" not in token.claims.get("scope", ""):  # finding
                    raise ToolError("forbidden")
                return httpx.post("https://payments.internal/refunds", json={"order": order}).text

            mcp.run(transport="http")
            """,
            note="`prerefund` holds `refund`",
        ),
        py(
            HEAD
            + REQUIRE
            + """
            @mcp.tool
            def get_order(order: str) -> str:
                require_tool("get_order")
                return httpx.get("https://payments.internal/orders", params={"order": order}).text

            @mcp.tool
            def refund(order: str) -> str:
                require_tool("get_order")  # finding
                return httpx.post("https://payments.internal/refunds", json={"order": order}).text

            mcp.run(transport="http")
            """,
            note="the grant of another tool",
        ),
        py(
            """
            import httpx
            from mcp.server.auth.middleware.auth_context import get_access_token
            from mcp.server.lowlevel import Server
            from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
            from starlette.applications import Starlette
            from starlette.middleware import Middleware
            from mcp.server.auth.middleware.bearer_auth import RequireAuthMiddleware

            server = Server("shop")
            @server.call_tool()
            async def call_tool(name, arguments):
                token = get_access_token()
                if token is None or name not in token.scopes:  # finding
                    raise PermissionError(name)
                tool = name.strip().lower()
                if tool == "refund":
                    return httpx.post("https://payments.internal/refunds", json=arguments).text
                raise ValueError(name)

            manager = StreamableHTTPSessionManager(server)
            app = Starlette(middleware=[Middleware(RequireAuthMiddleware)])
            """,
            note="what was checked is not what is dispatched on",
        ),
        py(HEAD + REQUIRE + TOOL.format(guard='require_tool("refund")'), note="a helper that raises"),
        py(
            HEAD
            + HAS.format(kind="")
            + """
            @mcp.tool
            def refund(order: str) -> str:
                if not has_scope("orders:refund"):
                    raise ToolError("forbidden")
                assert order
                try:
                    return httpx.post("https://payments.internal/refunds", json={"order": order}).text
                except httpx.HTTPError:
                    return "failed"

            mcp.run(transport="http")
            """,
            note="assertions and handlers that have nothing to do with the check",
        ),
        py(
            """
            import boto3
            from mcp.server.fastmcp import FastMCP
            from context import Context

            mcp = FastMCP("caches")
            caches = boto3.client("elasticache")

            @mcp.tool()
            def create(name: str) -> dict:
                if Context.readonly_mode():
                    raise ValueError("read-only")
                return caches.create_cache_cluster(CacheClusterId=name)

            @mcp.tool()
            def modify(name: str, size: int) -> dict:
                Context.require_write()
                return caches.modify_cache_cluster(CacheClusterId=name, NumCacheNodes=size)

            @mcp.tool()
            def remove(name: str) -> dict:
                if Context.readonly_mode():
                    return {"error": "read-only"}
                return caches.delete_cache_cluster(CacheClusterId=name)

            @mcp.tool()
            def remove_serverless(name: str) -> dict:  # finding
                return caches.delete_serverless_cache(ServerlessCacheName=name)

            @mcp.tool()
            def describe(name: str) -> dict:
                return caches.describe_cache_clusters(CacheClusterId=name)

            mcp.run()
            """,
            context=READ_ONLY,
            note="three of four writing tools ask whether the server is read-only",
        ),
        py(
            """
            from functools import wraps
            import boto3
            from mcp.server.fastmcp import FastMCP
            from context import Context

            mcp = FastMCP("caches")
            caches = boto3.client("elasticache")

            def careful(tool):
                @wraps(tool)
                def run(*args, **kwargs):
                    if Context.readonly_mode() and not getattr(tool, "harmless", False):
                        raise ValueError("read-only")
                    return tool(*args, **kwargs)
                return run

            @mcp.tool()
            def create(name: str) -> dict:
                Context.require_write()
                return caches.create_cache_cluster(CacheClusterId=name)

            @mcp.tool()
            def modify(name: str, size: int) -> dict:
                Context.require_write()
                return caches.modify_cache_cluster(CacheClusterId=name, NumCacheNodes=size)

            @mcp.tool()
            def remove(name: str) -> dict:
                Context.require_write()
                return caches.delete_cache_cluster(CacheClusterId=name)

            @mcp.tool()
            @careful
            def remove_serverless(name: str) -> dict:
                return caches.delete_serverless_cache(ServerlessCacheName=name)

            def remove_group(name: str) -> dict:
                return caches.delete_replication_group(ReplicationGroupId=name)

            @mcp.tool()
            def export(name: str) -> str:
                with open("clusters.txt", "w") as file:
                    file.write(str(caches.describe_cache_clusters(CacheClusterId=name)))
                return "written"

            if not Context.readonly_mode():
                mcp.tool()(remove_group)

            mcp.run()
            """,
            context=READ_ONLY,
            note="asked by a decorator, at the registration; a change of something else",
        ),
        py(
            """
            import boto3
            from mcp.server.fastmcp import FastMCP

            caches = boto3.client("elasticache")

            class Tools:
                def __init__(self, mcp, allow_write):
                    self.allow_write = allow_write
                    mcp.tool(name="create")(self.create)
                    mcp.tool(name="modify")(self.modify)
                    mcp.tool(name="remove")(self.remove)

                def create(self, name: str) -> dict:
                    if not self.allow_write:
                        raise ValueError("read-only")
                    return caches.create_cache_cluster(CacheClusterId=name)

                def modify(self, name: str, size: int) -> dict:
                    return caches.modify_cache_cluster(CacheClusterId=name, NumCacheNodes=size)

                def remove(self, name: str) -> dict:
                    return caches.delete_cache_cluster(CacheClusterId=name)

            mcp = FastMCP("caches")
            Tools(mcp, allow_write=False)
            mcp.run()
            """,
            note="where most tools do not ask, nothing says that they should",
        ),
        py(
            """
            import httpx
            from fastmcp import FastMCP
            from fastmcp.server.auth.providers.jwt import JWTVerifier
            from fastmcp.server.dependencies import get_access_token

            mcp = FastMCP("orders", auth=JWTVerifier(jwks_uri="https://id.example/jwks", audience="orders"))

            def require(scope: str) -> None:
                token = get_access_token()
                if token is None or scope not in token.scopes:
                    raise PermissionError(scope)

            @mcp.tool
            def delete_order(number: str, dry: bool = False) -> str:
                if not dry:
                    try:
                        require("orders:delete")
                        return httpx.delete("https://orders.internal/orders", params={"n": number}).text
                    except PermissionError as error:
                        raise RuntimeError(str(error)) from error
                return httpx.post("https://orders.internal/plans", params={"n": number}).text

            mcp.run(transport="http")
            """,
            note="a refusal that is caught and told on, beside a way that acts otherwise",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Draft]:
        """Yield a draft for each tool whose check cannot refuse."""
        weak = [*weak_rows(analysis, "void"), *_foreign(analysis)]
        why = "The check is written and refuses nobody. Every caller who may connect"
        yield from drafts_of(weak, _message, why, "tools rely on a check that cannot refuse.")
        for gap in gaps(analysis.flow, analysis.rows):
            yield from left_out(gap)

    def fix(self, draft: Draft, analysis: Analysis, texts: Mapping[str, bytes]) -> Proposal | None:
        """Await the check, put it below the registration, or make its answer refuse."""
        return mended(draft, list(weak_rows(analysis, "void")), texts)


def _foreign(analysis: Analysis) -> Iterator[tuple[Row, Weakness]]:
    for row in analysis.rows:
        if row.entry.kind == "tool" and row.is_remote and row.rank >= 1 and row.authorization.kind == "per_tool":
            weakness = foreign_check(analysis.flow, row, analysis.rows) or misspelt_check(analysis.flow, row)
            if weakness is not None:
                yield row, weakness


def _message(row: Row, weakness: Weakness) -> str:
    return f"The check of `{title_of(row)}` cannot refuse: it {weakness.reason}."
