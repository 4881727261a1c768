"""Servers that hide tools and run them all the same."""

from collections.abc import Iterator, Mapping

from analyzers.authority.harm import AUTHENTICATED_SEVERITIES, effect_evidence, harm_text
from analyzers.authority.hooks import Hook
from analyzers.authority.rows import Row
from analyzers.evidence.void_checks import is_open_to_callers
from analyzers.examples import HEAD, TOOL
from analyzers.finding import Evidence, Severity
from analyzers.fixes.checks import refusing_hook
from analyzers.rule import Analysis, Draft, Proposal, Rule, py


class AuthorizationOnlyOnList(Rule):
    """
    ## What it finds
    A middleware that leaves tools out of the list by who asks, on a server where nothing checks the same caller when a
    tool is called.

    A server whose middleware also refuses calls, or whose tools check on their own, is not reported.

    ## Why it matters
    Hiding is not denying. A manipulated model, or a client that kept an older list, calls a name that it was never
    shown, and the server runs it.

    ## Fix
    Add an `on_call_tool` hook beside `on_list_tools` that refuses by the same rule; the two read the same grant.
    """

    id = "authorization-only-on-list"
    summary = "tools are hidden from the list and not refused when called"
    principle = "verify_explicitly"
    severity = Severity.HIGH
    cwe = ("CWE-602", "CWE-425")
    owasp = ("MCP07",)
    spec = ("server/tools#listing-tools", "server/tools#security-considerations")
    pattern = "decide-at-every-call"
    column = "authorization"
    examples = (
        py(
            HEAD
            + """
            class AllowedTools(Middleware):
                async def on_list_tools(self, context, call_next):  # finding
                    token = get_access_token()
                    allowed = token.claims.get("allowed_tools", ()) if token else ()
                    return [tool for tool in await call_next(context) if tool.name in allowed]

            mcp.add_middleware(AllowedTools())
            """
            + TOOL.format(guard="pass")
        ),
        py(
            HEAD
            + """
            class AllowedTools(Middleware):
                def _allowed(self):
                    token = get_access_token()
                    return frozenset(token.claims.get("allowed_tools", ())) if token else frozenset()

                async def on_list_tools(self, context, call_next):
                    allowed = self._allowed()
                    return [tool for tool in await call_next(context) if tool.name in allowed]

                async def on_call_tool(self, context, call_next):
                    if context.message.name not in self._allowed():
                        raise ToolError("forbidden")
                    return await call_next(context)

            mcp.add_middleware(AllowedTools())
            """
            + TOOL.format(guard="pass"),
            note="hidden and refused",
        ),
        py(
            HEAD
            + """
            class Sorted(Middleware):
                async def on_list_tools(self, context, call_next):
                    return sorted(await call_next(context), key=lambda tool: tool.name)

            mcp.add_middleware(Sorted())

            @mcp.tool
            def refund(order: str) -> str:
                token = get_access_token()
                if token is None or "orders:refund" not in token.scopes:
                    raise ToolError("forbidden")
                return httpx.post("https://payments.internal/refunds", json={"order": order}).text

            mcp.run(transport="http")
            """,
            note="a list hook that does not ask who calls",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Draft]:
        """Yield a draft for each tool that is only hidden, joined by hook."""
        hidden: dict[int, list[tuple[Row, Hook]]] = {}
        for row in analysis.rows:
            hook = listing_hook(row)
            if hook is not None and analysis.weaknesses.of(row) is None:
                hidden.setdefault(id(row.entry.server), []).append((row, hook))
        for pairs in hidden.values():
            worst = max((row for row, _ in pairs), key=lambda row: row.rank)
            for row, hook in pairs:
                yield from self._draft(row, hook, worst)

    def _draft(self, row: Row, hook: Hook, worst: Row) -> Iterator[Draft]:
        function = hook.listing
        if function is None:
            return
        yield Draft(
            key=row.key,
            path=row.entry.declared.function.file.path,
            location=function.location(function.facts.start, function.facts.head_end),
            message=f"`{hook.name}` hides {row.title} from callers without the grant, and nothing refuses a call.",
            why=(
                "A tool that is left out of the list still runs for whoever names it. A caller who may not see it can "
                f"{harm_text(worst)}."
            ),
            severity=AUTHENTICATED_SEVERITIES[worst.rank],
            confidence=row.confidence(),
            evidence=(
                Evidence(function.file.path, function.line, f"`{hook.name}` filters the list by the caller's identity"),
                *effect_evidence(row),
            ),
            rows=(row.key,),
            group=f"{row.entry.server.id} {hook.name}",
            group_message="tools are hidden from callers without the grant, and run for them all the same.",
            start=function.facts.start,
            end=function.facts.head_end,
        )

    def fix(self, draft: Draft, analysis: Analysis, texts: Mapping[str, bytes]) -> Proposal | None:
        """Add the call hook that refuses by the condition of the list hook."""
        for row in analysis.rows:
            hook = listing_hook(row)
            listing = hook.listing if hook is not None else None
            text = texts.get(listing.file.path) if listing is not None else None
            if row.key == draft.key and listing is not None and text is not None:
                return refusing_hook(listing, text)
        return None


def listing_hook(row: Row) -> Hook | None:
    """Return the middleware that only hides an otherwise unchecked tool, None where there is none."""
    if not is_open_to_callers(row) or row.authorization.kind == "uniform":
        return None
    return next((hook for hook in row.state.hooks if hook.filters_list), None)
