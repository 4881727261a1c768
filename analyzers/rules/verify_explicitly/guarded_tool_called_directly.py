"""Tools that run another tool's function and with it pass by the check of its registration."""

from collections.abc import Iterator, Mapping

from analyzers.authority.bypass import Bypass, bypasses
from analyzers.authority.harm import effect_evidence, harm_text
from analyzers.examples import HEAD
from analyzers.finding import Evidence, Safety, Severity
from analyzers.fixes.rewrite import argument_text, replace_value
from analyzers.frameworks.mcp import Framework
from analyzers.rule import Analysis, Draft, Proposal, Rule, py

REFUND = """
            from fastmcp.server.auth import require_scopes

            @mcp.tool(auth=require_scopes("orders:refund"))
            def refund(order: str) -> str:
                return httpx.post("https://payments.internal/refunds", json={"order": order}).text
"""
CANCEL = """
            @mcp.tool{check}
            async def close(order: str) -> str:
                return {call}

            mcp.run(transport="http")
"""
THROUGH = 'await mcp.call_tool("refund", {{"order": order}})'


class GuardedToolCalledDirectly(Rule):
    """
    ## What it finds
    A tool that calls the function of another tool, whose check stands where it is registered (`auth=`, a tag, a
    middleware) and not in the function, without asking its own callers for as much.

    A function that checks for itself, a call through the server, a tool that asks for the same grant, and fastmcp 2,
    where a decorated tool is no function any more, are not reported.

    ## Why it matters
    A decorator that registers a tool gives the plain function back. A call of it runs the effect, and the check that
    belongs to the registration never runs: who was refused one tool gets it through the other.

    ## Fix
    Call the other tool through the server, which checks the caller, or move the check into the function that both use.
    """

    id = "guarded-tool-called-directly"
    summary = "a tool runs another tool's function past its check"
    principle = "verify_explicitly"
    severity = Severity.HIGH
    cwe = ("CWE-863",)
    owasp = ("MCP07",)
    spec = ("server/tools#security-considerations",)
    pattern = "decide-at-every-call"
    column = "authorization"
    examples = (
        py(
            HEAD + REFUND + CANCEL.format(check="", call="refund(order)  # finding"),
            fixed=HEAD + REFUND + CANCEL.format(check="", call=THROUGH.format()),
            note="refused `refund`, a caller asks for `close`",
        ),
        py(
            HEAD
            + REFUND
            + """
            def undo(order):
                return refund(order)  # finding

            @mcp.tool(auth=require_scopes("orders:read"))
            def close(order: str) -> str:
                return undo(order)

            mcp.run(transport="http")
            """,
            note="through a helper, with another scope",
        ),
        py(HEAD + REFUND + CANCEL.format(check="", call=THROUGH.format()), note="the server checks"),
        py(
            HEAD + REFUND + CANCEL.format(check='(auth=require_scopes("orders:refund"))', call="refund(order)"),
            note="the same grant",
        ),
        py(
            HEAD
            + """
            @mcp.tool
            def refund(order: str) -> str:
                token = get_access_token()
                if token is None or "orders:refund" not in token.scopes:
                    raise ToolError("forbidden")
                return httpx.post("https://payments.internal/refunds", json={"order": order}).text
            """
            + CANCEL.format(check="", call="refund(order)"),
            note="the function checks for itself",
        ),
        py(
            HEAD
            + """
            from fastmcp.server.auth import require_scopes

            def pay_back(order):
                return httpx.post("https://payments.internal/refunds", json={"order": order}).text

            @mcp.tool(auth=require_scopes("orders:refund"))
            def refund(order: str) -> str:
                return pay_back(order)

            @mcp.tool(auth=require_scopes("orders:cancel"))
            def close(order: str) -> str:
                return pay_back(order)

            mcp.run(transport="http")
            """,
            note="both use a function that is no tool",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Draft]:
        """Yield a draft for each tool that passes by the check of another."""
        for found in bypasses(analysis.flow, analysis.rows):
            yield self._draft(found)

    def _draft(self, found: Bypass) -> Draft:
        row, guarded, function = found.row, found.guarded, found.function
        node = function.facts.values[found.value]
        return Draft(
            key=row.key,
            path=function.file.path,
            location=function.location(node.start, node.end),
            message=f"{row.title} runs `{guarded.name}` past its check.",
            why=(
                f"The check of `{guarded.name}` belongs to its registration, and this is a plain call of its function. "
                f"A caller that is refused `{guarded.name}` can {harm_text(guarded)} through {row.title}."
            ),
            severity=Severity.HIGH if guarded.rank > 1 else Severity.MEDIUM,
            confidence=row.confidence(),
            evidence=tuple(self._evidence(found)),
            rows=(row.key,),
            start=node.start,
            end=node.end,
        )

    def _evidence(self, found: Bypass) -> Iterator[Evidence]:
        where, _, line = found.guarded.authorization.where.rpartition(":")
        if line.isdigit():
            path = where.rpartition(", ")[2]
            yield Evidence(
                path, int(line), f"callers of `{found.guarded.name}` are checked here, at each call of the tool"
            )
        function = found.function
        yield Evidence(function.file.path, function.line_of(found.value), "its function is called, and not the tool")
        yield from effect_evidence(found.guarded)

    def fix(self, draft: Draft, analysis: Analysis, texts: Mapping[str, bytes]) -> Proposal | None:
        """Call the tool through the server, in a coroutine where the server has a name."""
        found = next((item for item in bypasses(analysis.flow, analysis.rows) if item.row.key == draft.key), None)
        text = texts.get(draft.path)
        if found is None or text is None or not found.function.facts.is_async:
            return None
        guarded, function = found.guarded, found.function
        server = guarded.entry.server.symbol
        arguments = _arguments(found, text)
        known = server in function.file.module.facts.names
        if guarded.entry.server.framework is not Framework.FASTMCP or not known or arguments is None:
            return None
        edit = replace_value(function, found.value, f'await {server}.call_tool("{guarded.name}", {arguments})')
        return Proposal("Call the tool through the server (decide what of its result to use)", Safety.REVIEW, (edit,))


def _arguments(found: Bypass, text: bytes) -> str | None:
    """Return the arguments of a call as a map by parameter, None where they are spread."""
    handler = found.guarded.entry.handler
    call = found.function.facts.values[found.value]
    if handler is None or "*" in call.names or "**" in call.names:
        return None
    pairs = []
    for position, parameter in enumerate(handler.facts.parameters):
        written = argument_text(text, found.function, found.value, (parameter.name,), position)
        if written is not None:
            pairs.append(f'"{parameter.name}": {written}')
    return f"{{{', '.join(pairs)}}}" if len(pairs) == len(call.names) else None
