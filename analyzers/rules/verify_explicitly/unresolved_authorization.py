"""Tools whose authorization the analysis cannot see."""

from collections.abc import Iterator

from analyzers.authority.exposure import is_exposed
from analyzers.authority.harm import AUTHENTICATED_SEVERITIES
from analyzers.authority.rows import Row
from analyzers.examples import HEAD, TOOL
from analyzers.finding import Confidence, Evidence, Severity
from analyzers.frameworks import sinks
from analyzers.rule import Analysis, Draft, Rule, change, py

EXPOSED_SEVERITIES = {4: Severity.CRITICAL, 3: Severity.CRITICAL, 2: Severity.HIGH, 1: Severity.HIGH, 0: Severity.HIGH}
ASSUMED_RANK = 2
# What is missing of a server is one thing to find out, however many tools it has.
NO_TRANSPORT = "the transport of its server was not found"
TRANSPORTLESS = "the transport of their server was not found"
CURES = (
    ("handler", "register the tool with a function that is defined in this repository"),
    ("operations", "name the operations it exposes, or state in the policy what authorizes them"),
    ("server", "pass the server object to the registration directly"),
    ("middleware", "define the middleware in this repository, or name it in the policy as a guard"),
    ("decorator", "define the decorator in this repository, or name it in the policy as a guard"),
    ("more than", "split the tool into smaller functions"),
    ("transport", "start the server with a literal transport"),
)

OPEN_HEAD = HEAD.partition(", auth=")[0] + ")\n"
ORDER = """
            @mcp.tool
            def order(item: str) -> str:
                return httpx.post("https://orders.internal/orders", json={"item": item}).text
"""
UNSEEN = """
            def register(audited, limited):
                @mcp.tool
                @audited
                @limited
                def note(text: str) -> str:
                    return httpx.post("https://notes.internal/notes", json={"text": text}).text

            register(*load_decorators())
"""
RUN = """
            mcp.run(transport="http")
"""


class UnresolvedAuthorization(Rule):
    """
    ## What it finds
    A tool that a change adds, on a server that is or may be reached over the network, where the analysis could not see
    who may call it: its handler, its server, the transport, a middleware or a decorator was not found.

    Tools with a check that was found, tools that were there before, and tools that only read public data are not
    reported; nor are those of a server that answers everyone, of which another finding speaks.

    ## Why it matters
    What cannot be read cannot be trusted to refuse. An unseen guard may be there or not, and the review that would find
    out is this one.

    ## Fix
    Make it visible: register handlers statically, define guards in the repository or name them in the policy, start the
    server with a literal transport. Or accept the finding after reading the code.
    """

    id = "unresolved-authorization"
    summary = "a new tool's authorization could not be determined"
    principle = "verify_explicitly"
    severity = Severity.MEDIUM
    cwe = ("CWE-862",)
    owasp = ("MCP07",)
    spec = ("server/tools#security-considerations",)
    pattern = "decide-at-every-call"
    changes_only = True
    examples = (
        py(
            HEAD
            + """
            from company.guards import audited

            @mcp.tool
            def refund(order: str) -> str:
                token = get_access_token()
                if token is None or "orders:refund" not in token.scopes:
                    raise ToolError("forbidden")
                return httpx.post("https://payments.internal/refunds", json={"order": order}).text

            mcp.run(transport="http")
            """,
            note="the check was found",
        ),
        py(HEAD + TOOL.format(guard="pass"), note="known not to be checked: another finding"),
        change(
            HEAD + ORDER + RUN,
            HEAD + ORDER + UNSEEN.replace("text: str) -> str:", "text: str) -> str:  # finding") + RUN,
            note="decorators that may check",
        ),
        change(
            OPEN_HEAD + ORDER + RUN,
            OPEN_HEAD + ORDER + UNSEEN + RUN,
            note="everyone may call everything: another finding",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Draft]:
        """Yield a draft for each tool with something unresolved between a caller and its effects."""
        told = {row.entry.server.id for row in analysis.rows if is_exposed(row) and row.confidence() > Confidence.LOW}
        for row in analysis.rows:
            reasons = _reasons(row)
            if row.entry.handler is not None and not row.state.authentication and row.entry.server.id in told:
                continue
            if reasons and self._applies(row) and analysis.weaknesses.of(row) is None:
                yield self._draft(row, reasons)

    def _applies(self, row: Row) -> bool:
        seen = row.entry.handler is None or row.rank >= 1
        surely_missing = row.entry.handler is not None and row.confidence() >= Confidence.MEDIUM
        return (
            row.entry.kind == "tool"
            and row.is_remote
            and seen
            and not surely_missing
            and row.authorization.kind in ("none", "mode_gate", "unresolved", "uniform")
        )

    def _draft(self, row: Row, reasons: list[str]) -> Draft:
        declared = row.entry.declared
        handler = row.entry.handler
        function = declared.function if handler is None else handler
        start, end = declared.node.start, declared.node.end
        if handler is not None:
            start, end = handler.facts.start, handler.facts.head_end
        suggested = sinks.RANKS.get(sinks.suggested(row.name), ASSUMED_RANK)
        rank = row.rank if handler is not None else max(row.rank, suggested)
        line = function.file.facts.lines.line(start)
        table = AUTHENTICATED_SEVERITIES if row.state.authentication else EXPOSED_SEVERITIES
        return Draft(
            key=row.key,
            path=function.file.path,
            location=function.location(start, end),
            message=f"Who may call {row.title} could not be determined: {reasons[0]}.",
            why=f"A guard that was not found may be missing. To settle it, {_cure(reasons[0])}, or accept this.",
            severity=table[rank].lowered(1),
            confidence=Confidence.HIGH,
            evidence=tuple(Evidence(function.file.path, line, reason) for reason in reasons),
            rows=(row.key,),
            group=f"{row.entry.server.id}|transport" if reasons == [NO_TRANSPORT] else "",
            group_message=f"tools can be called by whoever could not be determined: {TRANSPORTLESS}.",
            start=start,
            end=end,
        )


def _reasons(row: Row) -> list[str]:
    found = list(row.unresolved)
    if row.transport == "unknown":
        found.append(NO_TRANSPORT)
    if not found and row.authorization.kind == "unresolved":
        found.append("its handler was not found")
    return found


def _cure(reason: str) -> str:
    return next((cure for word, cure in CURES if word in reason), "make the code around the tool static")
