"""Entry points that ask every caller for the same: one scope for all tools, or a list of people."""

from collections.abc import Iterable, Sequence

from analyzers.authority.asked_rights import asks_for_right
from analyzers.authority.authorizations import best
from analyzers.authority.delegation import Delegations
from analyzers.authority.grants import words
from analyzers.authority.harm import AUTHENTICATED_SEVERITIES, listed, may_be_the_callers, only_reads_unless_told
from analyzers.authority.reading_grants import asks_for_reading, reads_as_granted
from analyzers.authority.rows import Row
from analyzers.authority.switched import has_installed_check, has_switched_check
from analyzers.finding import Severity
from analyzers.flow.guards import Place
from analyzers.flow.summaries import Flow

SEVERITIES = {4: Severity.MEDIUM, 3: Severity.MEDIUM, 2: Severity.LOW, 1: Severity.INFO, 0: Severity.INFO}
# One token opens all of a server, whoever holds it: a check for each tool keeps nobody but a model from some of it.
SHARED_SEVERITIES = {4: Severity.HIGH, 3: Severity.MEDIUM, 2: Severity.LOW, 1: Severity.LOW, 0: Severity.LOW}
# The highest rank of a tool that a name alone does not speak for: one that writes.
NAMED_ONLY = 2
# Claims that say who calls: a server that asks for them lists its people, and does not take any token.
PERSONS = ("sub", "email", "email_verified", "identity", "client_id", "username", "preferred_username", "login")


def severity_of(row: Row, rows: Sequence[Row], *, has_siblings: bool) -> Severity:
    """Return how grave it is that a tool asks for no more than the connection: less where siblings do not either."""
    if asks_for_reading(row):
        return AUTHENTICATED_SEVERITIES[row.rank]
    if row.authorization.kind == "uniform" and reads_as_granted(row):
        return Severity.INFO
    if row.authorization.kind == "uniform" and not has_siblings:
        return uniform_severity(row, rows)
    if adds_nothing(row, rows):
        return Severity.INFO
    # Whoever holds the one token of a server on this machine is the one who started it.
    own = row.state.anonymous and row.state.bind == "loopback"
    severities = SHARED_SEVERITIES if row.state.anonymous and not own else AUTHENTICATED_SEVERITIES
    is_switched = row.authorization.kind == "mode_gate" or only_reads_unless_told(row)
    return severities[row.rank].lowered(own + is_switched + may_be_the_callers(row))


def uniform_severity(row: Row, rows: Iterable[Row]) -> Severity:
    """Return how grave it is that a tool asks for no more than all others: not, where all can do the same."""
    tools = (other for other in rows if other.entry.server is row.entry.server and other.entry.kind == "tool")
    if all(other.rank == row.rank for other in tools):
        return Severity.INFO
    return SEVERITIES[row.rank].lowered(may_be_the_callers(row) + (row.authorization.claim in PERSONS))


def adds_nothing(row: Row, rows: Iterable[Row]) -> bool:
    """Tell whether who may run a tool that reads may do worse anyway: one token opens all that its server does."""
    own = (other for other in rows if other.entry.server is row.entry.server and other.entry.kind == "tool")
    return row.state.anonymous and row.rank == 1 and any(_is_open(other) and other.rank > row.rank for other in own)


def is_less_sure(flow: Flow, delegations: Delegations, row: Row) -> bool:
    """Tell whether something may decide that is not in sight, or nothing but its name says what a tool does.

    With the caller's own credential the service behind decides; a check that is off is one that an operator turns on.
    """
    if delegations.may_act_for_caller(row) or has_switched_check(flow, row) or has_installed_check(flow, row):
        return True
    if asks_for_right(flow, row):
        return True
    return not row.sure and row.rank <= NAMED_ONLY and not any(effect.rank > 0 for effect in row.effects)


def _is_open(row: Row) -> bool:
    return row.authorization.kind in ("none", "uniform", "mode_gate")


def why_all(row: Row) -> str:
    """Return why it matters that a tool asks for no more than the connection, up to what a caller can do with it."""
    if row.state.anonymous and row.authorization.kind != "uniform":
        return (
            "One token opens all of the server, and whoever has it is the same to it: the most trusted caller, or a "
            "model that was talked into it by a document, can"
        )
    authenticated = "connection" if row.proved is None else "caller"
    return (
        f"The {authenticated} is authenticated, this call is not authorized: a caller with another task, or a model "
        "talked into it by a document, can"
    )


def held_by_callers(row: Row) -> str:
    """Return what a caller of a tool needs, as the end of "runs for every caller that"."""
    if row.authorization.kind == "per_tool":
        return f"holds `{words(row.requires)}`, which is for reading"
    if row.authorization.kind != "uniform":
        return "holds a valid token" if not row.state.anonymous else "holds the one token of the server"
    if best(row.guards) is None and row.proved is None:
        scopes = list(row.state.scopes)
        return f"holds the {'scope' if len(scopes) == 1 else 'scopes'} {listed(scopes)}"
    return f"passes `{row.authorization.where.rpartition(', ')[0]}`"


def asked_at(row: Row) -> Place | None:
    """Return where middleware, or each tool, asks for the same whatever the tool, None where that is not so."""
    found = best(row.guards) if row.authorization.kind == "uniform" else None
    return found[1] if found is not None else row.proved
