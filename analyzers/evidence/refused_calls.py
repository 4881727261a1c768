"""Who refuses calls of a server, and whether anything is recorded of that."""

from analyzers.authority.hooks import Hook
from analyzers.authority.rows import Row
from analyzers.authority.servers import ServerState
from analyzers.flow.guards import Guard


def guards_before(state: ServerState, recording: Hook) -> list[Hook]:
    """Return the hooks outside of the first recording one that refuse calls, and of which nothing is recorded."""
    return [hook for hook in state.hooks[: state.hooks.index(recording)] if _refuses(hook, state)]


def _refuses(hook: Hook, state: ServerState) -> bool:
    """Tell whether a hook refuses calls, and neither it nor one around it records that."""
    around = state.hooks[: state.hooks.index(hook)]
    told = "own" in hook.tells or any("caught" in outer.tells for outer in around)
    return not told and hook.handles_calls and any(guard.kind == "check" for guard, _ in hook.guards)


def can_refuse(state: ServerState, recording: Hook, rows: list[Row]) -> bool:
    """Tell whether anything inside of a recording hook refuses calls: another hook, a registration, a handler."""
    inner = state.hooks[state.hooks.index(recording) :]
    if any(_refuses(hook, state) for hook in inner):
        return True
    around = {_plain(guard) for hook in state.hooks for guard, _ in hook.guards}
    return not any("caught" in hook.tells for hook in state.hooks) and any(_checks(row, around) for row in rows)


def _checks(row: Row, around: set[Guard]) -> bool:
    """Tell whether the registration or the handler of a tool refuses calls, apart from what hooks refuse."""
    checks = {_plain(guard) for guard in row.guards if guard.kind == "check"}
    return bool(checks - around) or (row.authorization.kind == "per_tool" and not checks)


def _plain(guard: Guard) -> Guard:
    return guard._replace(kind="check", note="")
