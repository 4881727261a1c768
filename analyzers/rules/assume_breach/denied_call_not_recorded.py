"""Audit records that leave out the calls that were refused."""

from collections.abc import Iterator, Mapping
from itertools import pairwise

from analyzers.authority.hooks import Hook
from analyzers.authority.rows import Row
from analyzers.authority.servers import ServerState
from analyzers.evidence.refused_calls import can_refuse, guards_before
from analyzers.finding import Confidence, Evidence, Safety, Severity
from analyzers.fixes.hooks import is_written, swapped
from analyzers.rule import Analysis, Draft, Proposal, Rule, py


class DeniedCallNotRecorded(Rule):
    """
    ## What it finds
    A server that records its tool calls where those that are refused never come: the recording middleware is attached
    behind the one that authorizes, or it writes its record only once the call has come back without an error.

    The middleware that is added first is the outermost. A record that is written before the call, or in an exception
    handler or `finally`, sees refusals, and so does a second record further out.

    ## Why it matters
    A stolen token and a manipulated model try what they may not do. Those attempts are the first, often the only sign
    of an attack, and this record shows nothing but the calls that were allowed.

    ## Fix
    Attach the recording middleware in front of all others, and write the outcome in the handler of the exception, too.
    """

    id = "denied-call-not-recorded"
    summary = "calls that are refused leave no record"
    principle = "assume_breach"
    severity = Severity.LOW
    confidence = Confidence.MEDIUM
    cwe = ("CWE-778", "CWE-223")
    owasp = ("MCP08",)
    spec = ("server/tools#security-considerations",)
    pattern = "audit-every-call"
    examples = (
        py(
            """
            import logging
            from fastmcp import FastMCP
            from fastmcp.server.dependencies import get_access_token
            from fastmcp.server.middleware import Middleware
            import httpx

            class ToolAudit(Middleware):
                async def on_call_tool(self, context, call_next):
                    record = {"tool": context.message.name, "subject": get_access_token().claims["sub"]}
                    logging.getLogger("audit").info("call", extra=record)
                    return await call_next(context)

            class ToolGuard(Middleware):
                async def on_call_tool(self, context, call_next):
                    if context.message.name not in get_access_token().claims["allowed_tools"]:
                        raise PermissionError(context.message.name)
                    return await call_next(context)

            mcp = FastMCP("orders", auth=verifier)
            mcp.add_middleware(ToolGuard())
            mcp.add_middleware(ToolAudit())  # finding

            @mcp.tool
            def cancel_order(number: str) -> str:
                return httpx.delete("https://orders.internal/orders", params={"n": number}).text

            mcp.run(transport="http")
            """,
            fixed="""
            import logging
            from fastmcp import FastMCP
            from fastmcp.server.dependencies import get_access_token
            from fastmcp.server.middleware import Middleware
            import httpx

            class ToolAudit(Middleware):
                async def on_call_tool(self, context, call_next):
                    record = {"tool": context.message.name, "subject": get_access_token().claims["sub"]}
                    logging.getLogger("audit").info("call", extra=record)
                    return await call_next(context)

            class ToolGuard(Middleware):
                async def on_call_tool(self, context, call_next):
                    if context.message.name not in get_access_token().claims["allowed_tools"]:
                        raise PermissionError(context.message.name)
                    return await call_next(context)

            mcp = FastMCP("orders", auth=verifier)
            mcp.add_middleware(ToolAudit())
            mcp.add_middleware(ToolGuard())

            @mcp.tool
            def cancel_order(number: str) -> str:
                return httpx.delete("https://orders.internal/orders", params={"n": number}).text

            mcp.run(transport="http")
            """,
            note="the record is made behind the guard",
        ),
        py(
            """
            import logging
            from fastmcp import FastMCP
            from fastmcp.server.dependencies import get_access_token
            from fastmcp.server.middleware import Middleware
            import httpx

            class ToolAudit(Middleware):
                async def on_call_tool(self, context, call_next):
                    result = await call_next(context)
                    record = {"tool": context.message.name, "subject": get_access_token().claims["sub"]}
                    logging.getLogger("audit").info("call", extra=record)  # finding
                    return result

            mcp = FastMCP("orders", auth=verifier, middleware=[ToolAudit()])

            @mcp.tool
            def cancel_order(number: str) -> str:
                if "cancel_order" not in get_access_token().claims["allowed_tools"]:
                    raise PermissionError("cancel_order")
                return httpx.delete("https://orders.internal/orders", params={"n": number}).text

            mcp.run(transport="http")
            """,
            note="the record is made once the call has come back",
        ),
        py(
            """
            import logging
            from fastmcp import FastMCP
            from fastmcp.server.dependencies import get_access_token
            from fastmcp.server.middleware import Middleware
            import httpx

            log = logging.getLogger("audit")

            class ToolAudit(Middleware):
                async def on_call_tool(self, context, call_next):
                    record = {"tool": context.message.name, "subject": get_access_token().claims["sub"]}
                    try:
                        result = await call_next(context)
                    except Exception as error:
                        log.warning("call", extra=record | {"outcome": type(error).__name__})
                        raise
                    log.info("call", extra=record | {"outcome": "ok"})
                    return result

            class Finally(Middleware):
                async def on_call_tool(self, context, call_next):
                    try:
                        return await call_next(context)
                    finally:
                        subject = get_access_token().claims["sub"]
                        log.info("call", extra={"tool": context.message.name, "subject": subject})

            class ToolGuard(Middleware):
                async def on_call_tool(self, context, call_next):
                    if context.message.name not in get_access_token().claims["allowed_tools"]:
                        raise PermissionError(context.message.name)
                    return await call_next(context)

            orders = FastMCP("orders", auth=verifier, middleware=[ToolAudit(), ToolGuard()])
            invoices = FastMCP("invoices", auth=verifier, middleware=[Finally(), ToolGuard()])

            @orders.tool
            def cancel_order(number: str) -> str:
                return httpx.delete("https://orders.internal/orders", params={"n": number}).text

            @invoices.tool
            def cancel_invoice(number: str) -> str:
                return httpx.delete("https://invoices.internal/", params={"n": number}).text

            orders.run(transport="http")
            invoices.run(transport="http")
            """,
            note="records outside of the guard that see errors",
        ),
        py(
            """
            import logging
            from fastmcp import FastMCP
            from fastmcp.server.dependencies import get_access_token
            from fastmcp.server.middleware import Middleware
            import httpx

            class ToolAudit(Middleware):
                async def on_call_tool(self, context, call_next):
                    result = await call_next(context)
                    record = {"tool": context.message.name, "subject": get_access_token().claims["sub"]}
                    logging.getLogger("audit").info("call", extra=record)
                    return result

            mcp = FastMCP("weather", auth=verifier, middleware=[ToolAudit()])

            @mcp.tool
            def forecast(city: str) -> str:
                return httpx.get("https://weather.example/v1", params={"city": city}).text

            mcp.run(transport="http")
            """,
            note="nothing refuses calls here",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Draft]:
        """Yield a draft for each server whose records miss the calls that are refused."""
        for state in analysis.servers:
            rows = [row for row in analysis.rows if row.entry.server is state.server and row.entry.kind == "tool"]
            recording = [hook for hook in state.hooks if hook.audit.tool]
            if state.transport == "stdio" or not rows or not recording:
                continue
            guards = guards_before(state, recording[0])
            if guards:
                yield self._behind(state, recording[0], guards[-1], rows)
            elif not any(hook.audit.denied for hook in recording) and can_refuse(state, recording[-1], rows):
                yield self._late(analysis, state, recording[0], rows)

    def _behind(self, state: ServerState, hook: Hook, guard: Hook, rows: list[Row]) -> Draft:
        reference = hook.reference
        if reference is None:
            raise ValueError(hook.name)
        node = reference.node
        return Draft(
            key=state.server.id,
            path=reference.function.file.path,
            location=reference.function.location(node.start, node.end),
            message=f"`{hook.name}` records calls behind `{guard.name}`: those that it refuses leave no record.",
            why=(
                "The middleware that is added first is the outermost. Refused calls are the first sign of an attack; "
                "record in front of what refuses."
            ),
            severity=Severity.LOW,
            confidence=_confidence(state),
            evidence=(
                Evidence(guard.place.path, guard.place.line, f"`{guard.name}` refuses calls first"),
                Evidence(hook.place.path, hook.place.line, f"`{hook.name}` sees what it lets through"),
            ),
            rows=tuple(row.key for row in rows),
            start=node.start,
            end=node.end,
        )

    def _late(self, analysis: Analysis, state: ServerState, hook: Hook, rows: list[Row]) -> Draft:
        place = hook.audit.place
        if place is None:
            raise ValueError(hook.name)
        return Draft(
            key=state.server.id,
            path=place.path,
            location=analysis.program.files[place.path].location(*hook.audit.span),
            message=f"`{hook.name}` records a call once it has come back: those that are refused leave no record.",
            why=(
                "An error leaves the middleware before the record is written. Refused calls are the first sign of an "
                "attack: write the record in the handler of the exception, too."
            ),
            severity=Severity.LOW,
            confidence=_confidence(state),
            evidence=(Evidence(place.path, place.line, "only reached when the call has come back"),),
            rows=tuple(row.key for row in rows),
        )

    def fix(self, draft: Draft, analysis: Analysis, texts: Mapping[str, bytes]) -> Proposal | None:
        """Swap the recording middleware with the guard that is attached right before it."""
        state = next(state for state in analysis.servers if state.server.id == draft.key)
        text = texts.get(draft.path)
        for before, after in pairwise(state.hooks):
            first, second = before.reference, after.reference
            if text is None or first is None or second is None or second.node.start != draft.start:
                continue
            if first.function is second.function and is_written(first) and is_written(second):
                return Proposal("Record in front of what refuses", Safety.SAFE, swapped(first, second, text))
        return None


def _confidence(state: ServerState) -> Confidence:
    steps = state.uncertainty
    return Confidence.MEDIUM.lowered(steps + (1 if any(not hook.resolved for hook in state.hooks) else 0))
