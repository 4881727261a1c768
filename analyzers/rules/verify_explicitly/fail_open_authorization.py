"""Checks that let a call through when there is nothing to check."""

from collections.abc import Iterator, Mapping

from analyzers.authority.rows import Row
from analyzers.authority.weakness import Weakness
from analyzers.evidence.void_checks import drafts_of, title_of, weak_rows
from analyzers.examples import HEAD, TOOL
from analyzers.finding import Severity
from analyzers.fixes.checks import mended
from analyzers.rule import Analysis, Draft, Proposal, Rule, py


class FailOpenAuthorization(Rule):
    """
    ## What it finds
    A check that a call passes without evidence: the branch without a token, without the claim or with an error in the
    check goes on to the tool's effect, or a missing claim is replaced by a default that grants everything.

    A check that refuses when the token or the claim is absent, and a default that grants nothing, are not reported.

    ## Why it matters
    The absence of a token or a claim is what an attacker can always arrange. A check that only runs when there is
    something to check protects against honest callers alone.

    ## Fix
    Turn the condition round: refuse when the token is absent or the grant is not in it, take an empty list where the
    claim is missing, and let errors of the check refuse the call.
    """

    id = "fail-open-authorization"
    summary = "a check lets calls through without evidence"
    principle = "verify_explicitly"
    severity = Severity.HIGH
    cwe = ("CWE-636", "CWE-280")
    owasp = ("MCP07",)
    spec = ("basic/authorization#security-considerations",)
    pattern = "guard-that-can-say-no"
    column = "authorization"
    examples = (
        py(
            HEAD
            + """
            @mcp.tool
            def refund(order: str) -> str:
                token = get_access_token()
                if token and "orders:refund" not in token.scopes:  # finding
                    raise ToolError("forbidden")
                return httpx.post("https://payments.internal/refunds", json={"order": order}).text

            mcp.run(transport="http")
            """,
            fixed=HEAD
            + """
            @mcp.tool
            def refund(order: str) -> str:
                token = get_access_token()
                if token is None or "orders:refund" not in token.scopes:
                    raise ToolError("forbidden")
                return httpx.post("https://payments.internal/refunds", json={"order": order}).text

            mcp.run(transport="http")
            """,
            note="no token, no check",
        ),
        py(
            HEAD
            + """
            @mcp.tool
            def refund(order: str) -> str:
                token = get_access_token()
                if token is not None:
                    if "orders:refund" not in token.scopes:  # finding
                        raise ToolError("forbidden")
                return httpx.post("https://payments.internal/refunds", json={"order": order}).text

            mcp.run(transport="http")
            """,
        ),
        py(
            HEAD
            + """
            class Allowed(Middleware):
                async def on_call_tool(self, context, call_next):
                    try:
                        if context.message.name not in get_access_token().claims["allowed_tools"]:  # finding
                            raise ToolError("forbidden")
                    except Exception:
                        return await call_next(context)
                    return await call_next(context)

            mcp.add_middleware(Allowed())
            """
            + TOOL.format(guard="pass"),
            note="an error in the check calls the tool",
        ),
        py(
            HEAD
            + """
            ALL = ["orders:read", "orders:refund"]

            @mcp.tool
            def refund(order: str) -> str:
                scopes = get_access_token().claims.get("scopes") or ALL
                if "orders:refund" not in scopes:  # finding
                    raise ToolError("forbidden")
                return httpx.post("https://payments.internal/refunds", json={"order": order}).text

            mcp.run(transport="http")
            """,
            note="everything by default",
        ),
        py(
            HEAD
            + """
            def require_tool(name):
                allowed = get_access_token().claims.get("allowed_tools")
                if allowed is None:
                    return
                if name not in allowed:  # finding
                    raise ToolError("forbidden")
            """
            + TOOL.format(guard='require_tool("refund")'),
            note="a token without the claim may do everything",
        ),
        py(
            HEAD
            + """
            def require_tool(name):
                token = get_access_token()
                if token is None or name not in (token.claims.get("allowed_tools") or []):
                    raise ToolError("forbidden")
            """
            + TOOL.format(guard='require_tool("refund")'),
            note="refuses without a token and without the claim",
        ),
        py(
            HEAD
            + """
            def is_allowed(order: str) -> bool:
                httpx.post("https://audit.internal/asked", json={"order": order})
                token = get_access_token()
                return token is not None and "orders:refund" in token.scopes

            @mcp.tool
            def refund(order: str) -> str:
                if get_access_token() is None:
                    return httpx.post("https://payments.internal/refunds", json={"order": order}).text
                if not is_allowed(order):  # finding
                    raise ToolError("forbidden")
                return httpx.post("https://payments.internal/refunds", json={"order": order}).text

            mcp.run(transport="http")
            """,
            note="a check that keeps a record is one",
        ),
        py(
            HEAD
            + """
            def run(order: str):
                token = get_access_token()
                if token is None or "orders:refund" not in token.scopes:
                    return None
                return httpx.post("https://payments.internal/refunds", json={"order": order})

            @mcp.tool
            def refund(order: str) -> str:
                if get_access_token() is None:
                    return open(f"/srv/prices/{int(order)}").read()
                result = run(order)
                if not result or not result.content:
                    return ""
                return result.text

            mcp.run(transport="http")
            """,
            note="what a call gave back that acts is no check",
        ),
        py(
            HEAD
            + """
            @mcp.tool
            def refund(order: str) -> str:
                token = get_access_token()
                try:
                    if token is None or "orders:refund" not in token.scopes:
                        raise ToolError("forbidden")
                except Exception:
                    raise ToolError("forbidden")
                return httpx.post("https://payments.internal/refunds", json={"order": order}).text

            mcp.run(transport="http")
            """,
            note="errors refuse",
        ),
        py(
            HEAD
            + """
            from fastmcp.server.dependencies import get_http_request

            def is_remote() -> bool:
                try:
                    get_http_request()
                    return True
                except RuntimeError:
                    return False

            def require(scope: str) -> None:
                token = get_access_token()
                if token is None:
                    if is_remote():
                        raise ToolError("forbidden")
                    return
                if set(token.scopes) & {"admin"}:
                    return
                if scope not in token.scopes:
                    raise ToolError("forbidden")

            @mcp.tool
            def refund(order: str) -> str:
                require("orders:refund")
                return httpx.post("https://payments.internal/refunds", json={"order": order}).text

            mcp.run(transport="http")
            """,
            note="the way without a token is the one without a request, on stdio",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Draft]:
        """Yield a draft for each tool behind a check that is open."""
        weak = list(weak_rows(analysis, "open"))
        why = "Whoever brings no token or no such claim is not refused. Such a caller"
        yield from drafts_of(weak, _message, why, "tools are let through by a check that fails open.")

    def fix(self, draft: Draft, analysis: Analysis, texts: Mapping[str, bytes]) -> Proposal | None:
        """Turn the condition of a refusal round, so that nothing to check is refused too."""
        return mended(draft, list(weak_rows(analysis, "open")), texts)


def _message(row: Row, weakness: Weakness) -> str:
    return f"The check of `{title_of(row)}` fails open: it {weakness.reason}."
