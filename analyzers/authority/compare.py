"""Two tables of authority compared, column by column, on a partial order."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal

from analyzers.authority.grants import THIS_TOOL, asks_at_least, words
from analyzers.authority.row_texts import ALLOWED_HOSTS, ANY_HOST, PUBLIC_HOSTS
from analyzers.finding import AuthorityChange, Cause, ToolRow
from analyzers.frameworks import sinks

AUTHORIZATION_ORDER = {
    "none": 0,
    "unresolved": 0,
    "mode_gate": 1,
    "uniform": 2,
    "downstream": 2,
    "gateway": 3,
    "per_principal_registration": 4,
    "per_tool": 4,
}
TRANSPORT_ORDER = {"stdio": 3, "unknown": 2, "both": 0, "http": 0}
COLUMNS = ("transport", "authentication", "authorization", "capabilities", "credentials", "network", "audit")
# A token handed on is worse than any credential of the server's own: the specification forbids it.
HANDED_ON = "the caller's own token"
LITERAL = "a literal in the source"
# Hosts that callers choose, by how many there are; what the program names comes before them all.
CHOSEN_HOSTS = {ALLOWED_HOSTS: 1, PUBLIC_HOSTS: 2, ANY_HOST: 3}
Direction = Literal["worse", "better", "changed"]


def column_text(row: ToolRow, column: str) -> str:
    """Return one column of a row as it is shown; places are left out, since they move."""
    if column == "authorization":
        return _authorization_text(row)
    if column == "authentication":
        return row.authentication.partition(" (")[0]
    if column == "transport":
        return row.reached
    value = getattr(row, column)
    return ", ".join(value) or "none" if isinstance(value, tuple) else str(value)


def _authorization_text(row: ToolRow) -> str:
    claim = row.authorization.claim
    told_already = {(THIS_TOOL,), *((scope,) for scope in claim.split(", "))}
    asked = words(row.requires) if not told_already.issuperset(row.requires) else ""
    told = f"{claim}: {asked}" if claim and asked else claim or asked
    return f"{row.authorization.kind} ({told})" if told else row.authorization.kind


def direction(before: ToolRow, after: ToolRow, column: str) -> Direction | None:
    """Return `worse`, `better` or `changed`, None when a column is the same."""
    if column_text(before, column) == column_text(after, column):
        return None
    return _ORDERS[column](before, after)


def _by_rank(first: int, second: int) -> Direction:
    return "worse" if second < first else "better" if second > first else "changed"


def _transport(before: ToolRow, after: ToolRow) -> Direction:
    return _by_rank(_reached(before), _reached(after))


def _reached(row: ToolRow) -> int:
    return max(TRANSPORT_ORDER[row.transport], 1 if row.bind == "loopback" else 0)


def _authentication(before: ToolRow, after: ToolRow) -> Direction:
    return _by_rank(_authenticated(before), _authenticated(after))


def _authenticated(row: ToolRow) -> int:
    if row.authentication.startswith("local"):
        return 2
    return 0 if row.authentication == "none" else 1 if row.authentication.startswith("possibly") else 2


def _authorization(before: ToolRow, after: ToolRow) -> Direction:
    """Compare the kinds, and within one kind what is asked: the grant of one tool is narrower than one for several.

    A server that only its own user reaches asks nobody, but what its operator switched off stays off.
    """
    kinds = before.authorization.kind, after.authorization.kind
    if AUTHORIZATION_ORDER[kinds[0]] != AUTHORIZATION_ORDER[kinds[1]]:
        found = _by_rank(AUTHORIZATION_ORDER[kinds[0]], AUTHORIZATION_ORDER[kinds[1]])
        asks_nobody = after.transport == "stdio" and kinds[0] != "mode_gate"
        return "changed" if found == "worse" and asks_nobody else found
    less, more = (
        asks_at_least(before.requires, after.requires),
        asks_at_least(after.requires, before.requires),
    )
    if less != more:
        return "worse" if less else "better"
    if after.outranks and not before.outranks:
        return "worse"
    named = [(THIS_TOOL,) in row.requires for row in (before, after)]
    if named == [True, False] and after.shared:
        return "worse"
    return "better" if named == [False, True] and before.shared else "changed"


def _capabilities(before: ToolRow, after: ToolRow) -> Direction:
    """Compare the highest rank, then what else there is; to read what is public takes no authority."""
    first, second = (
        {kind: rank for kind in row.capabilities if (rank := sinks.RANKS.get(kind, 0))} for row in (before, after)
    )
    highest = [max(ranks.values(), default=0) for ranks in (first, second)]
    if highest[1] > highest[0] or set(second) > set(first):
        return "worse"
    return "better" if highest[1] < highest[0] or set(second) < set(first) else "changed"


def _credentials(before: ToolRow, after: ToolRow) -> Direction:
    first, second = set(before.credentials), set(after.credentials)
    added = {text for text in second - first if not text.startswith(("the caller's", "exchanged"))}
    taken_out = LITERAL in first - second and len(added) == 1
    if HANDED_ON in second - first or (added and not taken_out):
        return "worse"
    return "better" if second < first or first - second else "changed"


def _network(before: ToolRow, after: ToolRow) -> Direction:
    first, second = (set(row.network) for row in (before, after))
    widest = [max((CHOSEN_HOSTS.get(host, 0) for host in hosts), default=0) for hosts in (first, second)]
    if widest[0] != widest[1]:
        return "worse" if widest[1] > widest[0] else "better"
    if second > first and ANY_HOST not in first:
        return "worse"
    return "better" if second < first else "changed"


def _audit(before: ToolRow, after: ToolRow) -> Direction:
    first, second = _parts(before.audit), _parts(after.audit)
    return "worse" if second < first else "better" if second > first else "changed"


def _parts(text: str) -> frozenset[str]:
    return frozenset() if text == "none" else frozenset(text.split(", "))


_ORDERS: Mapping[str, Callable[[ToolRow, ToolRow], Direction]] = {
    "transport": _transport,
    "authentication": _authentication,
    "authorization": _authorization,
    "capabilities": _capabilities,
    "credentials": _credentials,
    "network": _network,
    "audit": _audit,
}


Keyed = tuple[str, ToolRow, str]
Left = dict[str, tuple[ToolRow, str]]


def pair(before: Sequence[Keyed], after: Sequence[Keyed]) -> dict[str, ToolRow]:
    """Return the base row of each head row's key; rows are given as (key, row, digest of the handler).

    Partners are found by key, then by an equal handler, then by a name that occurs once on both sides.
    """
    partners: dict[str, ToolRow] = {}
    left: Left = {key: (row, digest) for key, row, digest in before}
    for key, _, _ in after:
        if key in left:
            partners[key] = left.pop(key)[0]
    for chosen in (_same_handler, _same_name):
        open_rows = [(key, row, digest) for key, row, digest in after if key not in partners]
        for key, row, digest in open_rows:
            match = chosen((key, row, digest), left, open_rows)
            if match is not None:
                partners[key] = left.pop(match)[0]
    return partners


def _same_handler(item: Keyed, left: Left, rows: list[Keyed]) -> str | None:
    _, row, digest = item
    found = [key for key, (other, body) in left.items() if digest and body == digest and other.kind == row.kind]
    return found[0] if len(found) == 1 and sum(1 for other in rows if other[2] == digest) == 1 else None


def _same_name(item: Keyed, left: Left, rows: list[Keyed]) -> str | None:
    called = (item[1].name, item[1].kind)
    found = [key for key, (other, _) in left.items() if (other.name, other.kind) == called]
    alike = sum(1 for _, other, _ in rows if (other.name, other.kind) == called)
    return found[0] if len(found) == 1 and alike == 1 else None


def differences(
    before: Mapping[str, ToolRow],
    after: Mapping[str, ToolRow],
    removed: Sequence[ToolRow],
    cause: Callable[[str, str, Direction], Cause | None],
) -> Iterator[AuthorityChange]:
    """Yield what differs.

    `before` holds the partners by the head's key; `cause` finds the changed line behind a column of a row.
    """
    for key, row in after.items():
        partner = before.get(key)
        if partner is None:
            for column in COLUMNS:
                text = column_text(row, column)
                if column in ("authorization", "capabilities") or text != "none":
                    yield AuthorityChange(key, column, None, text, "changed", cause(key, column, "changed"))
            continue
        for column in COLUMNS:
            found = direction(partner, row, column)
            if found is not None:
                texts = column_text(partner, column), column_text(row, column)
                yield AuthorityChange(key, column, *texts, found, cause(key, column, found))
    for row in removed:
        yield AuthorityChange(row.key, "tool", row.name, None, "changed", None)
