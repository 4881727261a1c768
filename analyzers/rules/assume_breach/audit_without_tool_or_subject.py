"""Records of tool calls that do not say which tool, or who called it."""

from collections.abc import Iterator, Mapping

from analyzers.authority.rows import Row
from analyzers.finding import Confidence, Evidence, Severity
from analyzers.fixes.recorders import with_recorder
from analyzers.flow.guards import Place
from analyzers.rule import Analysis, Draft, Proposal, Rule, py

READ_ONLY = 1

MAX_PLACES = 3


class AuditWithoutToolOrSubject(Rule):
    """
    ## What it finds
    A network server whose calls are all recorded, but by records that do not name the tool, or that do not name the
    caller although connections are authenticated: ready-made request loggers and timers, and hooks, decorators or
    handlers of all calls that log without the verified identity.

    A server without authentication, or with one token for all, has no caller to name. What a caller says of itself, a
    session id or a client's name, is no identity.

    ## Why it matters
    `event=request_start method=tools/call` says that something was called. After a stolen token or a manipulated model
    the questions are which tool, by whom, and with what outcome, and such a record answers none of them.

    ## Fix
    Write the tool's name and the subject of the verified token into the record that is made already, or replace the
    ready-made logger by a hook that does. Do not log the arguments as they are: they may hold credentials.
    """

    id = "audit-without-tool-or-subject"
    summary = "the record of a tool call does not say which tool, or who called it"
    principle = "assume_breach"
    severity = Severity.MEDIUM
    cwe = ("CWE-778",)
    owasp = ("MCP08",)
    spec = ("server/tools#security-considerations",)
    pattern = "audit-every-call"
    column = "audit"
    examples = (
        py(
            """
            from fastmcp import FastMCP
            from fastmcp.server.middleware.logging import LoggingMiddleware
            import httpx

            mcp = FastMCP("orders", middleware=[LoggingMiddleware()])  # finding

            @mcp.tool
            async def cancel_order(number: str) -> str:
                return httpx.delete("https://orders.internal/orders", params={"n": number}).text

            mcp.run(transport="http")
            """,
            note="a ready-made request logger",
        ),
        py(
            """
            import logging, time
            from fastmcp import FastMCP
            from fastmcp.server.middleware import Middleware
            import httpx

            class Timer(Middleware):
                async def on_call_tool(self, context, call_next):
                    started = time.monotonic()
                    result = await call_next(context)
                    logging.getLogger("calls").info("a call took %s", time.monotonic() - started)  # finding
                    return result

            class Recorder(Middleware):
                async def on_call_tool(self, context, call_next):
                    logging.getLogger("calls").info("call of %s", context.message.name)  # finding
                    return await call_next(context)

            orders = FastMCP("orders", auth=verifier, middleware=[Timer()])
            invoices = FastMCP("invoices", auth=verifier, middleware=[Recorder()])

            @orders.tool
            def cancel_order(number: str) -> str:
                return httpx.delete("https://orders.internal/orders", params={"n": number}).text

            @invoices.tool
            def cancel_invoice(number: str) -> str:
                return httpx.delete("https://invoices.internal/", params={"n": number}).text

            orders.run(transport="http")
            invoices.run(transport="http")
            """,
            note="hooks that record a duration, and a tool without its caller",
        ),
        py(
            """
            import functools, logging
            from mcp.server.fastmcp import FastMCP
            import httpx

            mcp = FastMCP("orders", token_verifier=verifier, auth=settings)
            log = logging.getLogger(__name__)

            def logged(function):
                @functools.wraps(function)
                def wrapper(*args, **kwargs):
                    log.info("called %s", function.__name__)  # finding
                    return function(*args, **kwargs)
                return wrapper

            @mcp.tool()
            @logged
            def cancel_order(number: str) -> str:
                return httpx.delete("https://orders.internal/orders", params={"n": number}).text

            mcp.run(transport="streamable-http")
            """,
            note="a decorator without the caller",
        ),
        py(
            """
            import logging
            from fastmcp import FastMCP
            from fastmcp.server.dependencies import get_access_token
            from fastmcp.server.middleware import Middleware
            from fastmcp.server.middleware.timing import TimingMiddleware
            import httpx

            class ToolAudit(Middleware):
                async def on_call_tool(self, context, call_next):
                    token = get_access_token()
                    who = token.claims.get("sub") if token else None
                    logging.getLogger("audit").info("call", extra={"tool": context.message.name, "subject": who})
                    return await call_next(context)

            mcp = FastMCP("orders", auth=verifier, middleware=[ToolAudit(), TimingMiddleware()])

            @mcp.tool
            def cancel_order(number: str) -> str:
                return httpx.delete("https://orders.internal/orders", params={"n": number}).text

            mcp.run(transport="http")
            """,
            note="a full record beside a timer",
        ),
        py(
            """
            import logging
            from fastmcp import FastMCP
            from fastmcp.server.middleware import Middleware
            from fastmcp.server.middleware.logging import LoggingMiddleware
            import httpx

            class Recorder(Middleware):
                async def on_call_tool(self, context, call_next):
                    logging.getLogger("calls").info("call of %s", context.message.name)
                    return await call_next(context)

            class Failures(Middleware):
                async def on_call_tool(self, context, call_next):
                    try:
                        return await call_next(context)
                    except PermissionError as error:
                        logging.getLogger("calls").warning("refused: %s", error)
                        raise

            weather = FastMCP("weather", middleware=[Recorder()])
            notes = FastMCP("notes", auth=verifier, middleware=[Failures()])
            local = FastMCP("local", middleware=[LoggingMiddleware()])

            @weather.tool
            def forecast(city: str) -> str:
                return httpx.get("https://weather.example/v1", params={"city": city}).text

            @local.tool
            @notes.tool
            def read_note(name: str) -> str:
                return name

            weather.run(transport="http")
            notes.run(transport="http")
            local.run()
            """,
            note="failures alone are no record at all, nobody to name without authentication, and a server on stdio",
        ),
        py(
            """
            import hmac, logging, os
            from fastmcp import FastMCP
            from fastmcp.server.middleware import Middleware
            from starlette.middleware import Middleware as Around
            import httpx

            class OneToken:
                def __init__(self, app):
                    self.app = app

                async def __call__(self, scope, receive, send):
                    given = dict(scope["headers"]).get(b"authorization", b"")
                    if not hmac.compare_digest(given, os.environ["MCP_TOKEN"].encode()):
                        return await send({"type": "http.response.start", "status": 401})
                    await self.app(scope, receive, send)

            class Recorder(Middleware):
                async def on_call_tool(self, context, call_next):
                    logging.getLogger("calls").info("call of %s", context.message.name)
                    return await call_next(context)

            mcp = FastMCP("orders", middleware=[Recorder()])

            @mcp.tool
            def cancel_order(number: str) -> str:
                return httpx.delete("https://orders.internal/orders", params={"n": number}).text

            mcp.run(transport="http", middleware=[Around(OneToken)])
            """,
            note="one token for all callers: there is nobody to name",
        ),
        py(
            """
            import logging
            from fastmcp import FastMCP
            from fastmcp.server.middleware import Middleware
            from directory import who_calls
            import httpx

            class Recorder(Middleware):
                async def on_call_tool(self, context, call_next):
                    logging.info("call", extra={"tool": context.message.name, "caller": who_calls(context)})
                    return await call_next(context)

            class Claimed(Middleware):
                async def on_call_tool(self, context, call_next):
                    logging.info("%s", {"tool": context.message.name, "user": context.message.arguments})  # finding
                    return await call_next(context)

            mcp = FastMCP("orders", auth=verifier, middleware=[Recorder()])
            other = FastMCP("invoices", auth=verifier, middleware=[Claimed()])

            @other.tool
            @mcp.tool
            def cancel_order(number: str) -> str:
                return httpx.delete("https://orders.internal/orders", params={"n": number}).text

            mcp.run(transport="http")
            other.run(transport="http")
            """,
            note="a caller that is found out by code from elsewhere; one that is told by the caller is none",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Draft]:
        """Yield a draft for each record that says too little of the calls of a server."""
        found: dict[tuple[str, bool], list[Row]] = {}
        for row in analysis.rows:
            audit = row.audit
            if row.entry.kind != "tool" or not row.is_remote or audit.place is None:
                continue
            if not audit.tool or (not audit.subject and _knows_callers(row)):
                found.setdefault((row.entry.server.id, audit.tool), []).append(row)
        for (_, named), rows in found.items():
            places = dict.fromkeys(row.audit.place for row in rows if row.audit.place is not None)
            yield self._draft(analysis, tuple(places), rows, named=named)

    def _draft(self, analysis: Analysis, places: tuple[Place, ...], rows: list[Row], *, named: bool) -> Draft:
        place, state = places[0], rows[0].state
        start, end = rows[0].audit.span
        name = state.server.symbol
        steps = state.uncertainty
        severity = Severity.MEDIUM if max(row.rank for row in rows) > READ_ONLY and not named else Severity.LOW
        # What each tool records of itself is one decision, of which some places are shown.
        evidence = [Evidence(at.path, at.line, "all that is recorded of a call") for at in places[:MAX_PLACES]]
        known = state.authenticated_at
        if known is not None:
            evidence.append(Evidence(known.path, known.line, f"`{state.authentication}` knows the caller"))
        left_out = "who called" if named else "which tool was called, or by whom"
        return Draft(
            key=f"{state.server.id}|{place.symbol}",
            path=place.path,
            location=analysis.program.files[place.path].location(start, end),
            message=f"The record of calls of `{name}` does not say {left_out}.",
            why=(
                "When a token is stolen or a model is talked into a call, this record cannot tell which calls were the "
                "attacker's. It takes the tool's name and the subject of the verified token."
            ),
            severity=severity,
            confidence=Confidence.HIGH.lowered(steps),
            evidence=tuple(evidence),
            rows=tuple(row.key for row in rows),
            start=start,
            end=end,
        )

    def fix(self, draft: Draft, analysis: Analysis, texts: Mapping[str, bytes]) -> Proposal | None:
        """Add a hook that records tool, caller and outcome where a server keeps no record of them."""
        row = next(row for row in analysis.rows if row.key in draft.rows)
        served = [item for item in analysis.rows if item.state is row.state]
        return with_recorder(row.state, served, analysis.program, texts) if not row.audit.tool else None


def _knows_callers(row: Row) -> bool:
    state = row.state
    return bool(state.authentication) and not state.possibly and not state.anonymous
