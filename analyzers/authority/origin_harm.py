"""How grave it is that a server answers for any host."""

from analyzers.authority.harm import all_ask, is_shown, only_reads, runs_any
from analyzers.authority.public_answers import is_public
from analyzers.authority.rows import Row
from analyzers.authority.servers import ServerState
from analyzers.finding import Severity
from analyzers.flow.effects import Effect
from analyzers.flow.operands import CODE, PROGRAM, SHELL, WORD
from analyzers.flow.summaries import Flow
from analyzers.frameworks import commands, sinks

BRANCHES = ("true", "false")
# What of a command a caller may have a part in, beside the folder that it runs in.
WORDING = frozenset({SHELL, CODE, PROGRAM, WORD})


def origin_severity(flow: Flow, state: ServerState, rows: list[Row]) -> Severity:
    """Return it by what the tools of a server can do, and by whether a web page can call them."""
    rank = max((1 if row.entry.handler is None else row.rank for row in rows), default=1)
    if is_shown(flow, state.server.site.function.file.path, rows) or is_public(flow, rows):
        return Severity.INFO
    if (all_ask(rows) and not _may_ask_nobody(state)) or rank == 0 or (state.authentication and not state.possibly):
        return Severity.LOW
    # Operations of another application that are not in sight may be the worst as well as what is public.
    unseen = state.server.generated and all(row.entry.handler is None for row in rows)
    mild = bool(rows) and (unseen or all(only_reads(row) or _runs_fixed(state, row) for row in rows))
    return Severity.MEDIUM if mild or (state.authentication and not state.open_by_default) else Severity.HIGH


def _runs_fixed(state: ServerState, row: Row) -> bool:
    """Tell whether the worst that a tool of this machine does is to start programs, of which callers word nothing."""
    worst = [effect for effect in row.effects if effect.rank > 1]
    is_mild = row.rank == sinks.RANKS["write"] and not runs_any(row)
    return state.bind == "loopback" and is_mild and all(map(_starts_fixed, worst))


def _starts_fixed(effect: Effect) -> bool:
    started = effect.name in commands.LISTS or effect.name in commands.WORDS
    return started and all(operand.role not in WORDING for operand in effect.operands)


def _may_ask_nobody(state: ServerState) -> bool:
    """Tell whether a server may do without authentication, and without what it attaches to check calls."""
    attached = [hook.reference for hook in state.hooks if hook.guards and hook.reference is not None]
    return state.possibly and any(
        step.kind in BRANCHES
        for reference in attached
        for step in reference.function.chain(reference.function.event_of(reference.value))
    )
