"""Entry points that ask every caller for the same: one scope for all tools, or a list of people."""

from collections.abc import Iterable

from analyzers.authority.authorizations import best
from analyzers.authority.harm import listed, may_be_the_callers
from analyzers.authority.rows import Row
from analyzers.finding import Severity
from analyzers.flow.guards import Place

SEVERITIES = {4: Severity.MEDIUM, 3: Severity.MEDIUM, 2: Severity.LOW, 1: Severity.INFO, 0: Severity.INFO}
# Claims that say who calls: a server that asks for them lists its people, and does not take any token.
PERSONS = ("sub", "email", "email_verified", "identity", "client_id", "username", "preferred_username", "login")


def uniform_severity(row: Row, rows: Iterable[Row]) -> Severity:
    """Return how grave it is that a tool asks for no more than all others: not, where all can do the same."""
    tools = (other for other in rows if other.entry.server is row.entry.server and other.entry.kind == "tool")
    if all(other.rank == row.rank for other in tools):
        return Severity.INFO
    return SEVERITIES[row.rank].lowered(may_be_the_callers(row) + (row.authorization.claim in PERSONS))


def held_by_callers(row: Row) -> str:
    """Return what a caller of a tool needs, as the end of "runs for every caller that"."""
    if row.authorization.kind != "uniform":
        return "holds a valid token"
    if best(row.guards) is None:
        scopes = list(row.state.scopes)
        return f"holds the {'scope' if len(scopes) == 1 else 'scopes'} {listed(scopes)}"
    return f"passes `{row.authorization.where.rpartition(', ')[0]}`"


def asked_at(row: Row) -> Place | None:
    """Return where middleware asks for the same whatever the tool, None where it does not."""
    found = best(row.guards) if row.authorization.kind == "uniform" else None
    return found[1] if found is not None else None
