"""How grave it is that nothing records the calls of a server."""

from analyzers.authority.harm import is_shown
from analyzers.authority.own_copies import keeps_copies
from analyzers.authority.rows import Row
from analyzers.authority.servers import ServerState
from analyzers.evidence.told_listeners import told_at
from analyzers.finding import Severity
from analyzers.flow.summaries import Flow

CHANGES = 2
MANY = 10


def severity_of(flow: Flow, state: ServerState, bare: list[Row], among: int) -> Severity:
    """Return it by what the tools do of which no call is recorded, some or all of so many."""
    return _severity(flow, state, bare).lowered(int(_is_little(bare, among)))


def _severity(flow: Flow, state: ServerState, bare: list[Row]) -> Severity:
    harmless = all(row.rank == 0 and row.entry.handler is not None for row in bare)
    if harmless or is_shown(flow, state.server.site.function.file.path, bare):
        return Severity.INFO
    changing = [row for row in bare if row.rank >= CHANGES and not row.audit.traced]
    named = [row for row in changing if not row.entry.dynamic] or changing
    is_grave = any(told_at(flow, row) is None for row in named) and not keeps_copies(state, bare)
    return Severity.MEDIUM if is_grave else Severity.LOW


def _is_little(bare: list[Row], among: int) -> bool:
    """Tell whether nearly all tools are recorded, and none of the others deletes anything or runs what it is told."""
    return len(bare) * MANY <= among and all(row.rank <= CHANGES for row in bare)
