"""Tools that run for every caller who holds a valid token."""

from collections.abc import Iterator, Mapping

import msgspec

from analyzers.authority.bypass import bypasses
from analyzers.authority.delegation import Delegations
from analyzers.authority.harm import effect_evidence, harm_text, is_seen_bare, listed, names_harm
from analyzers.authority.misnamed_checks import foreign_check
from analyzers.authority.own_data import is_of_caller
from analyzers.authority.reading_grants import asks_for_reading
from analyzers.authority.rows import Row
from analyzers.authority.uniform import asked_at, held_by_callers, is_less_sure, severity_of, why_all
from analyzers.evidence.drawn_secrets import admits_its_starter
from analyzers.evidence.left_to_all import told_together
from analyzers.examples import HEAD, SCOPED, SHOP, SHOP_GUARDS, TOOL
from analyzers.finding import Evidence, Severity
from analyzers.fixes.guards import copied_guard, new_guard
from analyzers.project.program import Function
from analyzers.rule import Analysis, Draft, Proposal, Rule, py
from analyzers.rules.verify_explicitly.authorization_only_on_list import listing_hook
from analyzers.rules.verify_explicitly.restriction_tag_misses_tool import is_missed

EXAMPLES = (
    py(
        SHOP,
        fixed=SHOP.replace("str:  # finding\n", 'str:\n                require_tool("delete_customer")\n'),
        note="its siblings share one guard",
    ),
    py(
        SCOPED,
        fixed=SCOPED.replace("str:  # finding\n", 'str:\n                require("customer:delete")\n'),
        note="its sibling asks for a scope",
    ),
    py(
        HEAD + TOOL.format(guard="pass").replace("str:", "str:  # finding"),
        note="no tool of the server is checked",
    ),
    py(
        """
        import httpx
        from mcp.server.auth.middleware.bearer_auth import RequireAuthMiddleware
        from mcp.server.lowlevel import Server
        from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
        from starlette.applications import Starlette
        from starlette.middleware import Middleware

        server = Server("shop")

        @server.call_tool()
        async def call_tool(name, arguments):  # finding
            if name == "cancel":
                return httpx.delete("https://orders.internal/orders", params=arguments).text
            raise ValueError(name)

        manager = StreamableHTTPSessionManager(server)
        app = Starlette(middleware=[Middleware(RequireAuthMiddleware)])
        """,
        note="a dispatcher of mcp 1",
    ),
    py(
        """
        import httpx
        from mcp.server import MCPServer
        from verifier import verifier

        server = MCPServer("shop", token_verifier=verifier)

        @server.tool()
        def cancel(order: str) -> str:  # finding
            return httpx.delete("https://orders.internal/orders", params={"o": order}).text

        server.run(transport="streamable-http")
        """,
        note="mcp 2",
    ),
    py(
        HEAD
        + """
            def cancel(order: str) -> str:  # finding
                return httpx.delete("https://orders.internal/orders", params={"o": order}).text

            mcp.tool(name="cancel")(cancel)
            mcp.run(transport="http")
        """,
        note="registered by a call",
    ),
    py(
        HEAD + "            from guards import require\n" + TOOL.format(guard='require("refund")'),
        guards=SHOP_GUARDS,
        note="a helper of another file",
    ),
    py(
        HEAD
        + """
            @mcp.tool
            def refund(order: str, local: bool) -> str:
                token = get_access_token()
                if token is None or "orders:refund" not in token.scopes:
                    raise ToolError("forbidden")
                return httpx.post("https://payments.internal/refunds", json={"order": order}).text

            mcp.run(transport="http")
        """,
        note="in the handler itself",
    ),
    py(
        HEAD
        + """
            from fastmcp.server.auth import require_scopes

            @mcp.tool(auth=require_scopes("orders:refund"))
            def refund(order: str) -> str:
                return httpx.post("https://payments.internal/refunds", json={"order": order}).text

            mcp.run(transport="http")
        """,
        note="fastmcp 3 and 4: at the registration",
    ),
    py(
        SCOPED.replace('audience="shop")', 'audience="shop", required_scopes=["mcp"])'),
        note="one scope for every token, and a tool that asks for no more",
    ),
    py(
        HEAD.replace('audience="shop"', 'audience="shop", required_scopes=["shop"]')
        + """
            @mcp.tool
            def list_orders(customer: str) -> str:
                return httpx.get("https://orders.internal/orders", params={"c": customer}).text

            @mcp.tool
            def delete_customer(number: str) -> str:  # finding
                return httpx.delete("https://crm.internal/customers", params={"id": number}).text

            mcp.run(transport="http")
        """,
        note="one scope opens a tool that reads and one that deletes",
    ),
    py(
        """
        from fastmcp import FastMCP
        import httpx

        mcp = FastMCP("local")

        @mcp.tool
        def delete_customer_record(customer_id: str) -> str:
            return httpx.delete("https://crm.internal/customers", params={"id": customer_id}).text

        mcp.run()
        """,
        note="a server on stdio has its user's own authority",
    ),
)


class MissingPerToolAuthorization(Rule):
    """
    ## What it finds
    A tool of an authenticated network server that runs for every authenticated caller: no check of the caller's
    claims, scopes or identity stands between the call and the tool's first effect, neither in the handler, a helper, a
    decorator, a middleware, a dispatcher nor the registration.

    So does a tool for which a token needs no more than for every other: one scope that all calls ask for. It counts
    less, unless other tools of the server ask for more, and is only noted where all tools can do the same. And so does
    one that is named for changing something, where the grants that it asks for are named for reading.

    Servers that only speak stdio, tools that only read public data, and tools that act with the caller's own
    credential are not reported. Where a credential of the caller's request may stand in for one of the server, a
    switch of the process turns a check on, or a tool picks what it changes by who calls, it counts less.

    ## Why it matters
    The caller of a tool is a language model that a document or a web page may have manipulated. A valid token says who
    connects, not what this call may do: a caller meant to read one invoice can delete every customer.

    ## Fix
    Check the caller's grant for this tool before the first effect, the same way as the other tools of the server do; on
    a server without such a check, add one hook that refuses every tool not granted by name.
    """

    id = "missing-per-tool-authorization"
    summary = "a tool runs for every authenticated caller"
    principle = "verify_explicitly"
    severity = Severity.HIGH
    cwe = ("CWE-862",)
    owasp = ("MCP07", "MCP02")
    spec = ("server/tools#security-considerations", "basic/authorization")
    pattern = "decide-at-every-call"
    column = "authorization"
    says_missing = True
    examples = EXAMPLES

    def check(self, analysis: Analysis) -> Iterator[Draft]:
        """Yield a draft for each tool that nothing but its connection guards."""
        yield from told_together(list(self._each(analysis)))

    def _each(self, analysis: Analysis) -> Iterator[Draft]:
        passing = {found.row.key for found in bypasses(analysis.flow, analysis.rows)}
        guarded = {row.entry.server.id for row in analysis.rows if row.authorization.kind == "per_tool"}
        servers = [state.server for state in analysis.servers]
        alone = {server.id for server in servers if admits_its_starter(analysis.flow.resolver, server)}
        delegations = Delegations(analysis.flow)
        for row in analysis.rows:
            if (
                self._applies(row, has_siblings=row.entry.server.id in guarded)
                and row.key not in passing
                and listing_hook(row) is None
                and (row.authorization.kind != "per_tool" or foreign_check(analysis.flow, row, analysis.rows) is None)
                and analysis.weaknesses.of(row) is None
            ):
                draft = self._draft(row, analysis, has_siblings=row.entry.server.id in guarded)
                less = is_less_sure(analysis.flow, delegations, row)
                # What a tool acts with is the caller's own, as far as it is seen: the service behind decides.
                mild = is_seen_bare(row) and delegations.may_act_for_caller(row)
                sure = draft.confidence.lowered(2 if row.entry.server.id in alone else 1 if less else 0)
                group = f"{draft.group} less" if draft.group and less else draft.group
                mild = mild or is_of_caller(analysis.flow, row)
                severity = min(draft.severity, max(Severity.LOW, draft.severity.lowered(int(mild))))
                yield msgspec.structs.replace(draft, severity=severity, confidence=sure, group=group)

    def _applies(self, row: Row, *, has_siblings: bool) -> bool:
        # What holds data without a check is told of resources where other entry points of the server have one.
        return (
            (row.entry.kind == "tool" or (row.entry.kind == "resource" and has_siblings))
            and row.is_remote
            and (row.state.authenticates(row.entry) or row.proved is not None)
            and not row.state.open_by_default
            and not row.state.is_for_others
            and row.rank >= 1
            and row.entry.handler is not None
            and not is_missed(row)
            and (row.authorization.kind in ("none", "mode_gate", "uniform") or asks_for_reading(row))
        )

    def _draft(self, row: Row, analysis: Analysis, *, has_siblings: bool) -> Draft:
        handler = (row.entry.inner if has_siblings else None) or row.entry.handler
        if handler is None:
            raise ValueError(row.key)
        confidence = row.confidence()
        siblings = [
            other.name
            for other in analysis.rows
            if other.entry.server is row.entry.server and other.authorization.kind == "per_tool"
        ]
        checking = f"siblings {listed(siblings)} check" if len(siblings) > 1 else f"sibling {listed(siblings)} checks"
        more = f" Its {checking} first." if siblings else ""
        severity = severity_of(row, analysis.rows, has_siblings=has_siblings)
        held = held_by_callers(row)
        function, start, end = _place(row, handler)
        return Draft(
            key=row.key,
            path=function.file.path,
            location=function.location(start, end),
            message=f"{row.title} runs for every caller that {held}.",
            why=f"{why_all(row)} {harm_text(row)}.{more}",
            severity=severity,
            confidence=confidence,
            evidence=tuple(self._evidence(row)),
            rows=(row.key,),
            # Those that only read are told together: where writing asks for more, they are for all on purpose.
            group="" if has_siblings and severity > Severity.LOW else row.entry.server.id,
            group_message=f"tools run for every caller that {held}.",
            telling=int(names_harm(row)),
            start=start,
            end=end,
        )

    def fix(self, draft: Draft, analysis: Analysis, texts: Mapping[str, bytes]) -> Proposal | None:
        """Return the guard that the tool's siblings share, else a new one in the way of the framework."""
        row = next(row for row in analysis.rows if row.key == draft.key)
        if row.authorization.kind == "per_tool":
            return None
        return copied_guard(row, analysis, texts) or new_guard(row, analysis, texts)

    def _evidence(self, row: Row) -> Iterator[Evidence]:
        place = row.state.authenticated_at
        where = asked_at(row)
        if where is not None:
            yield Evidence(where.path, where.line, f"`{where.symbol}` asks for the same, whatever the tool")
        elif place is not None:
            provider = row.state.authentication
            scopes = f" and asks for {listed(list(row.state.scopes))}" if row.state.scopes else ""
            note = f"`{provider}` verifies the connection{scopes}, for every tool alike"
            yield Evidence(place.path, place.line, note)
        handler = row.entry.handler
        if handler is not None:
            checked = "without a check" if row.authorization.kind != "per_tool" else "with a check for reading"
            yield Evidence(handler.file.path, handler.line, f"{row.title} is registered {checked}")
        yield from effect_evidence(row)


def _place(row: Row, handler: Function) -> tuple[Function, int, int]:
    """Return where a tool is run: its function, or the branch of a dispatcher that calls one that lies elsewhere."""
    branch = row.entry.branch
    first = branch.first() if branch is not None and handler.file is not branch.function.file else None
    if branch is None or first is None:
        return handler, handler.facts.start, handler.facts.head_end
    return branch.function, first.start, first.end
