"""Changes after which a caller needs less than before to call a tool."""

from collections import Counter
from collections.abc import Iterator

import msgspec

from analyzers.authority.causes import Causes, Spot
from analyzers.authority.changes import Changes, RowChange, ignores_switch, lost_column
from analyzers.authority.compare import column_text
from analyzers.authority.harm import EXPOSED_SEVERITIES, effect_evidence, harm_text
from analyzers.authority.rows import Row
from analyzers.examples import HEAD
from analyzers.finding import Confidence, Evidence, Location, Severity, Side
from analyzers.rule import ChangeRule, Draft, change

OPEN = ("none", "mode_gate", "unresolved")
GUARD = """
            def require(tool):
                token = get_access_token()
                if token is None or tool not in token.claims.get("allowed_tools", []):{mark}
                    raise ToolError("forbidden")
"""
EMPTIED = """
            def require(tool):
                return None  # finding
"""
TOOLS = """
            @mcp.tool
            def refund(order: str) -> str:
                {guard}return httpx.post("https://payments.internal/refunds", json={{"order": order}}).text

            @mcp.tool
            def cancel(order: str) -> str:
                require("cancel")
                return httpx.delete("https://orders.internal/orders", params={{"o": order}}).text

            mcp.run(transport="http")
"""
CALL = 'require("refund"){mark}\n                '
PLAIN = HEAD + GUARD.format(mark="")
SHOP = PLAIN + TOOLS.format(guard=CALL.format(mark=""))
SCOPED = """
            from fastmcp import FastMCP
            from fastmcp.server.auth.providers.jwt import JWTVerifier
            import httpx

            verifier = JWTVerifier(jwks_uri="https://id.example", audience="shop", required_scopes=[{scopes}]){mark}
            mcp = FastMCP("shop", {auth})

            @mcp.tool
            def refund(order: str) -> str:
                return httpx.post("https://payments.internal/refunds", json={{"order": order}}).text

            mcp.run(transport="{transport}")
"""
BOTH = '"shop", "refunds"'
EXAMPLES = (
    change(
        PLAIN + TOOLS.format(guard=CALL.format(mark="  # finding")),
        PLAIN + TOOLS.format(guard=""),
        fixed=SHOP,
        note="the call of the guard was deleted",
    ),
    change(
        SHOP,
        HEAD + EMPTIED + TOOLS.format(guard=CALL.format(mark="")),
        note="a guard that refuses nobody any more: one finding for both tools",
    ),
    change(
        SCOPED.format(scopes=BOTH, auth="auth=verifier", mark="", transport="http"),
        SCOPED.format(scopes='"shop"', auth="auth=verifier", mark="  # finding", transport="http"),
        note="a scope less is asked of every connection",
    ),
    change(
        SCOPED.format(scopes=BOTH, auth="auth=verifier", mark="", transport="http"),
        SCOPED.format(scopes=BOTH, auth="", mark="", transport="http").replace('"shop", )', '"shop")  # finding'),
        note="nobody authenticates connections any more",
    ),
    change(
        SHOP,
        PLAIN + TOOLS.format(guard=CALL.format(mark="").replace("require", 'print("checking"); require')),
        note="the line changed, the check did not",
    ),
    change(
        SHOP,
        HEAD
        + """
            def require(tool):
                token = get_access_token()
                granted = token.claims.get("allowed_tools", []) if token is not None else []
                if tool not in granted:
                    raise ToolError("forbidden")
"""
        + TOOLS.format(guard=CALL.format(mark="")),
        note="the guard was rewritten and refuses the same callers",
    ),
    change(
        SCOPED.format(scopes='"shop"', auth="auth=verifier", mark="", transport="http"),
        SCOPED.format(scopes=BOTH, auth="auth=verifier", mark="", transport="http"),
        note="more is asked than before",
    ),
    change(
        SCOPED.format(scopes=BOTH, auth="auth=verifier", mark="", transport="http"),
        SCOPED.format(scopes=BOTH, auth="", mark="", transport="stdio").replace('"shop", )', '"shop")'),
        note="only its own user reaches the server now",
    ),
)


class _Loss(msgspec.Struct, frozen=True):
    """A row that lost protection, the column that says so, and the changed line behind it."""

    row: RowChange
    column: str
    spot: Spot | None

    @property
    def place(self) -> tuple[str, ...]:
        """What losses with one cause have in common."""
        spot = self.spot
        return (spot.side, spot.path, str(spot.line)) if spot is not None else ("", self.row.after.entry.server.id, "")

    @property
    def group(self) -> str:
        """The place without its line."""
        spot = self.spot
        return f"{spot.path}|{spot.symbol}|{spot.what}" if spot is not None else self.row.after.entry.server.id

    def severity(self) -> Severity:
        """Return how much harm a caller can do now that could not before."""
        after = self.row.after
        if self.column == "authentication":
            open_now = after.authorization.kind in OPEN and not after.state.authentication
            return EXPOSED_SEVERITIES[after.rank] if open_now else Severity.MEDIUM
        if ignores_switch(self.row):
            return Severity.MEDIUM
        return Severity.HIGH if after.rank else Severity.LOW


class AuthorizationRemovedInChange(ChangeRule):
    """
    ## What it finds
    A change after which callers need less than before: a check was deleted, emptied, no longer called or attached, the
    authentication of a server was dropped, a required scope or tag left out, a claim widened, a tool moved to a server
    that is guarded less, or a version chosen that does not know the check. So is a change after which a tool no longer
    asks the switch that keeps its process from changing anything. One finding at the changed line, with all tools that
    rely on it, also where their own files are untouched.

    A tool that is gone, a server that only its own user reaches any more, and a guard that moved or was rewritten and
    still asks for as much are not reported. Where a check that stands there was damaged, the rule about that damage
    says so.

    ## Why it matters
    Authorization is lost in small edits: a decorator left behind in a rebase, a middleware dropped in a refactoring. No
    test fails, because everything that was allowed still is.

    ## Fix
    Put back what was removed. Where it was meant to go, let another check take its place first, and say so in the pull
    request.
    """

    id = "authorization-removed-in-change"
    summary = "a change took away what authorized calls"
    principle = "verify_explicitly"
    severity = Severity.HIGH
    cwe = ("CWE-862",)
    owasp = ("MCP02", "MCP07")
    spec = ("server/tools#security-considerations", "basic/authorization")
    pattern = "decide-at-every-call"
    examples = EXAMPLES

    def compare(self, changes: Changes) -> Iterator[Draft]:
        """Yield a draft for each row that lost protection, joined by the changed line that took it."""
        by_place: dict[tuple[str, ...], list[_Loss]] = {}
        for row in changes.rows:
            # A route that answers with nothing of anybody's loses nothing.
            is_idle = row.after.entry.kind == "route" and not row.after.rank
            column = "" if is_idle else lost_column(row)
            spot = changes.cause(row, column) if column else None
            if column and not changes.is_explained(row, spot):
                loss = _Loss(row, column, spot)
                by_place.setdefault(loss.place, []).append(loss)
        alike: Counter[str] = Counter()
        for _, losses in sorted(by_place.items()):
            alike[losses[0].group] += 1
            group = f"{losses[0].group}#{alike[losses[0].group]}"
            severity = max(loss.severity() for loss in losses)
            for loss in losses:
                yield self._draft(loss, severity, group, changes.causes)

    def _draft(self, loss: _Loss, severity: Severity, group: str, causes: Causes) -> Draft:
        after = loss.row.after
        location = causes.location(loss.spot) if loss.spot is not None else _own_place(after)
        lost = "can be called without authentication" if loss.column == "authentication" else "lost authorization"
        if ignores_switch(loss.row):
            lost = f"changes things whatever {_switch(loss.row.before)} says"
        elif after.authorization.kind not in OPEN:
            lost = "asks its callers for less than before"
        how = f": this change {_verb(loss.spot)} {loss.spot.what}" if loss.spot is not None else " in this change"
        was, now = (column_text(row, loss.column) for row in (loss.row.shown_before, loss.row.shown_after))
        return Draft(
            key=after.key if loss.column == "authorization" else f"{after.key}|{loss.column}",
            path=location.path,
            location=location,
            message=f"`{after.name}` {lost}{how}.",
            why=(
                f"Its {loss.column} was {was} and is {now}. A caller that was refused before, or a model talked into "
                f"it by a document, can {harm_text(after)}."
            ),
            severity=severity,
            confidence=Confidence(min(Confidence.HIGH, after.confidence() + 1)),
            evidence=tuple(_evidence(loss)),
            rows=(after.key,),
            group=group,
            group_message=f"tools {lost.replace('asks its', 'ask their').replace('changes', 'change')}{how}.",
            undo=causes.undone(loss.spot) if loss.spot is not None else (),
        )


def _switch(row: Row) -> str:
    claim = row.authorization.claim
    return f"the switch `{claim}`" if claim else "a switch of the process"


def _verb(spot: Spot) -> str:
    if spot.side is not Side.BASE:
        return "changed"
    return "removed lines of" if not spot.sure and spot.what == f"`{spot.symbol}`" else "removed"


def _own_place(row: Row) -> Location:
    handler = row.entry.handler
    if handler is not None:
        return handler.location(handler.facts.start, handler.facts.head_end)
    declared = row.entry.declared
    return declared.function.location(declared.node.start, declared.node.end)


def _evidence(loss: _Loss) -> Iterator[Evidence]:
    before, after = loss.row.before, loss.row.after
    where, _, line = before.authorization.where.rpartition(":")
    if loss.column == "authorization" and line.isdigit():
        symbol, _, path = where.rpartition(", ")
        asked = f"`{symbol}`" if symbol else "the server"
        noted = f"{asked} authorized `{after.name}` here"
        if ignores_switch(loss.row):
            noted = f"{_switch(before)} stopped `{after.name}` here"
        yield Evidence(path, int(line), f"before the change, {noted}", Side.BASE)
    spot = loss.spot
    if spot is not None:
        yield Evidence(spot.path, spot.line, f"this change {_verb(spot)} {spot.what}", spot.side)
    handler = after.entry.handler
    if handler is not None:
        yield Evidence(handler.file.path, handler.line, f"`{after.name}` runs for callers that were refused before")
    yield from effect_evidence(after)
