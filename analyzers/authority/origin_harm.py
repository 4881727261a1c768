"""How grave it is that a server answers for any host."""

from analyzers.authority.harm import all_ask, is_shown, only_reads
from analyzers.authority.public_answers import is_public
from analyzers.authority.rows import Row
from analyzers.authority.servers import ServerState
from analyzers.finding import Severity
from analyzers.flow.summaries import Flow

BRANCHES = ("true", "false")


def origin_severity(flow: Flow, state: ServerState, rows: list[Row]) -> Severity:
    """Return it by what the tools of a server can do, and by whether a web page can call them."""
    rank = max((1 if row.entry.handler is None else row.rank for row in rows), default=1)
    if is_shown(flow, state.server.site.function.file.path, rows) or is_public(flow, rows):
        return Severity.INFO
    if (all_ask(rows) and not _may_ask_nobody(state)) or rank == 0 or (state.authentication and not state.possibly):
        return Severity.LOW
    # Operations of another application that are not in sight may be the worst as well as what is public.
    unseen = state.server.generated and all(row.entry.handler is None for row in rows)
    mild = bool(rows) and (unseen or all(map(only_reads, rows)))
    return Severity.MEDIUM if mild or (state.authentication and not state.open_by_default) else Severity.HIGH


def _may_ask_nobody(state: ServerState) -> bool:
    """Tell whether a server may do without authentication, and without what it attaches to check calls."""
    attached = [hook.reference for hook in state.hooks if hook.guards and hook.reference is not None]
    return state.possibly and any(
        step.kind in BRANCHES
        for reference in attached
        for step in reference.function.chain(reference.function.event_of(reference.value))
    )
