"""Servers that keep no record of who called which tool."""

from collections.abc import Iterator, Mapping
from functools import partial

from analyzers.authority.harm import is_presumed, only_computes, telling
from analyzers.authority.rows import Row
from analyzers.authority.servers import ServerState
from analyzers.evidence.told_listeners import told_at
from analyzers.evidence.unrecorded import severity_of
from analyzers.finding import Confidence, Evidence, Severity
from analyzers.fixes.recorders import with_recorder
from analyzers.flow.summaries import Flow
from analyzers.project.servers import served_by
from analyzers.rule import Analysis, Draft, Proposal, Rule, py


class MissingToolCallAudit(Rule):
    """
    ## What it finds
    A network server without a record of its tool calls: no middleware, decorator or handler writes down which tool was
    called. Ordinary log lines of single handlers, lines below the default level, and messages that a context sends to
    the client are no audit record. Records that say too little are reported by `audit-without-tool-or-subject`. It is
    less certain where tools or middleware were not found, and where another package is given the server; less severe
    where each tool that changes something at least writes a line of its own in every call or tells listeners of it, or
    where nine of ten tools are recorded, or where a server of one machine only keeps copies of what is public in files
    of its own. It is no more than a note where all tools only compute or read public data; where others are recorded,
    those that only compute do not count.

    ## Why it matters
    After a stolen token or a manipulated model, the first question is which tools were called, by whom, and with what
    outcome. Without a record that names tool and subject of every call, denied ones included, nobody can answer it.

    ## Fix
    Add one hook in front of all others that writes a structured record per call, allowed or denied: the verified
    subject, the tool, the names of the arguments and the outcome. Ship the log off the host.
    """

    id = "missing-tool-call-audit"
    summary = "a server keeps no record of who calls which tool"
    principle = "assume_breach"
    severity = Severity.MEDIUM
    cwe = ("CWE-778",)
    owasp = ("MCP08",)
    spec = ("server/tools#security-considerations",)
    pattern = "audit-every-call"
    column = "audit"
    says_missing = True
    examples = (
        py(
            """
            from fastmcp import FastMCP
            import httpx

            mcp = FastMCP("orders")  # finding

            @mcp.tool
            def cancel_order(number: str) -> str:
                return httpx.delete("https://orders.internal/orders", params={"n": number}).text

            mcp.run(transport="http")
            """,
            note="no hook at all",
        ),
        py(
            """
            import logging
            from fastmcp import FastMCP
            import httpx

            log = logging.getLogger(__name__)
            mcp = FastMCP("orders")  # finding

            @mcp.tool
            async def cancel_order(number: str, ctx) -> str:
                log.info("cancelling %s", number)
                await ctx.info("cancelled")
                return httpx.delete("https://orders.internal/orders", params={"n": number}).text

            mcp.run(transport="http")
            """,
            note="a handler's own log lines and messages to the client are no audit",
        ),
        py(
            """
            from mcp.server.fastmcp import FastMCP
            import httpx

            mcp = FastMCP("weather")  # finding

            @mcp.tool()
            def forecast(city: str) -> str:
                return httpx.get("https://weather.example/v1", params={"city": city}).text

            mcp.run(transport="streamable-http")
            """,
            note="version 1 of the SDK",
        ),
        py(
            """
            from fastmcp import FastMCP
            from fastmcp.server.dependencies import get_access_token
            from fastmcp.server.middleware import Middleware
            import httpx, logging

            class ToolAudit(Middleware):
                async def on_call_tool(self, context, call_next):
                    token = get_access_token()
                    record = {"tool": context.message.name, "subject": token.claims.get("sub") if token else None}
                    try:
                        result = await call_next(context)
                    except Exception as error:
                        failed = record | {"outcome": str(type(error))}
                        logging.getLogger("audit").warning("call", extra={"mcp": failed})
                        raise
                    logging.getLogger("audit").info("call", extra={"mcp": record | {"outcome": "ok"}})
                    return result

            mcp = FastMCP("orders", middleware=[ToolAudit()])

            @mcp.tool
            def cancel_order(number: str) -> str:
                return httpx.delete("https://orders.internal/orders", params={"n": number}).text

            mcp.run(transport="http")
            """,
            note="a hook that records tool, subject and outcome",
        ),
        py(
            """
            import functools, json
            from fastmcp import FastMCP
            from fastmcp.server.dependencies import get_access_token
            import httpx, structlog

            mcp = FastMCP("orders")
            audit_log = structlog.get_logger()

            def audited(function):
                @functools.wraps(function)
                def wrapper(*args, **kwargs):
                    token = get_access_token()
                    audit_log.info("tool_call", tool=function.__name__, subject=token.claims["sub"])
                    return function(*args, **kwargs)
                return wrapper

            @mcp.tool
            @audited
            def cancel_order(number: str) -> str:
                return httpx.delete("https://orders.internal/orders", params={"n": number}).text

            mcp.run(transport="http")
            """,
            note="a decorator that records each call",
        ),
        py(
            """
            import functools
            import logging
            import time
            import httpx
            from fastmcp import FastMCP
            from mcp.server.lowlevel import Server
            from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
            from mcp.types import CallToolRequestParams
            from tables import TABLE, TOOLS

            logger = logging.getLogger(__name__)

            def logged(name, kind):
                def decorate(function):
                    @functools.wraps(function)
                    async def wrapper(*args, **kwargs):
                        logger.info(f"{kind} {name} called")
                        return await function(*args, **kwargs)
                    return wrapper
                return decorate

            mcp = FastMCP("orders")
            for tool in TOOLS:
                mcp.tool(name=tool.name)(logged(tool.name, "tool")(tool.run))
            mcp.run(transport="http")

            async def run_tool(name: str, arguments: dict) -> list:
                started = time.monotonic()
                try:
                    return await TABLE[name](arguments)
                finally:
                    logger.info(f"{name} took {time.monotonic() - started}", extra={"arguments": list(arguments)})

            async def call_tool(ctx, params: CallToolRequestParams) -> list:
                return await run_tool(params.name, params.arguments or {})

            server = Server("stock", on_call_tool=call_tool)
            manager = StreamableHTTPSessionManager(app=server)
            """,
            note="a decorator that is made with the name, a helper that is given it",
        ),
        py(
            """
            from fastmcp import FastMCP

            mcp = FastMCP("local")

            @mcp.tool
            def forecast(city: str) -> str:
                return city

            mcp.run()
            """,
            note="the user of a stdio server sees every call",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Draft]:
        """Yield a draft for each network server whose tools leave no record."""
        for state in analysis.servers:
            tools = [row for row in analysis.rows if row.entry.server is state.server and row.entry.kind == "tool"]
            bare = [row for row in tools if not row.audit.tool and row.audit.place is None]
            if len(bare) < len(tools):
                bare = [row for row in bare if not only_computes(analysis.flow, row)]
            if bare and bare[0].is_remote:
                yield self._draft(analysis.flow, state, bare, among=len(tools))

    def _draft(self, flow: Flow, state: ServerState, bare: list[Row], *, among: int) -> Draft:
        site = state.server.site
        function, node = site.function, site.node
        steps = state.uncertainty
        name = state.server.symbol
        every = len(bare) == among
        return Draft(
            key=state.server.id,
            path=function.file.path,
            location=function.location(node.start, node.end),
            message=(
                f"Server `{name}` keeps no record of who calls which tool."
                if every
                else f"Server `{name}` keeps no record of who calls {len(bare)} of its {among} tools."
            ),
            why=(
                "When a token is stolen or a model is talked into a call, nothing says which tool ran, for whom and "
                "with what outcome. Log lines of single handlers and request timings do not name the caller."
            ),
            severity=severity_of(flow, state, bare, among),
            confidence=Confidence.HIGH.lowered(steps + _doubts(state, bare)),
            evidence=tuple(self._evidence(flow, state, bare)),
            rows=tuple(row.key for row in bare),
            # One hook of the server that others are mounted into records the calls of all.
            group=min((server.id for server in served_by(state.server)), default=state.server.id),
            group_message="servers keep no record of who calls which tool.",
            start=node.start,
            end=node.end,
        )

    def _evidence(self, flow: Flow, state: ServerState, bare: list[Row]) -> Iterator[Evidence]:
        for hook in state.hooks:
            yield Evidence(hook.place.path, hook.place.line, f"`{hook.name}` records no call with its tool and caller")
        # Of a tool whose name is not seen more may be read than it does.
        row = max(bare, key=partial(_shows, flow))
        handler = row.entry.handler
        if handler is not None:
            own = ", which writes lines of its own to the log" if row.audit.traced else ""
            does = f" ({row.capability})" if row.rank and not is_presumed(row) else ""
            note = f"nothing records who calls {row.title}{does}{own}"
            yield Evidence(handler.file.path, handler.line, note)
        told = told_at(flow, row)
        if told is not None:
            yield Evidence(told.path, told.line, "whoever listens is told of each call, which may record it")

    def fix(self, draft: Draft, analysis: Analysis, texts: Mapping[str, bytes]) -> Proposal | None:
        """Record every call in front of all else that the server puts around calls."""
        state = next(state for state in analysis.servers if state.server.id == draft.key)
        return with_recorder(state, [row for row in analysis.rows if row.key in draft.rows], analysis.program, texts)


def _shows(flow: Flow, row: Row) -> tuple[bool, bool, bool, tuple[int, bool, int]]:
    """Return how well a tool shows that nothing records calls: one that leaves no trace at all before others."""
    seen = row.rank > 0 and not row.entry.dynamic
    return seen, not row.audit.traced, told_at(flow, row) is None, telling(row)


def _doubts(state: ServerState, bare: list[Row]) -> int:
    """Return how many steps less certain it is: what is not in sight may record calls."""
    hidden = any(not hook.resolved for hook in state.hooks) or state.handed_on
    seen = any(row.entry.handler is not None for row in bare) and not state.is_for_others
    return (1 if hidden else 0) + (0 if seen else 2)
