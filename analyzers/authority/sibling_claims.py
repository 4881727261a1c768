"""Tools whose callers name whose data they use, where other tools of the server take that from the verified token."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from analyzers.authority.claimed import OPEN, Claimed, keying_parameter
from analyzers.authority.grants import words
from analyzers.authority.rows import Row
from analyzers.flow.labels import MARK

# A token says who calls by several names.
PERSONS = frozenset({"user", "sub", "subject", "email", "owner", "principal", "username", "uid", "oid"})
# Grants of those who act for others.
OVERSEEING = ("admin", "operator", "superuser", "impersonat", "support", "root", "any", "all")
FEW = 2


def stated_claims(rows: Iterable[Row]) -> Iterator[Claimed]:
    """Yield what checked tools let their callers state that several tools beside them read from the token.

    Whoever may call such a tool for itself may call it for everybody.
    """
    beside: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    checked: list[Row] = []
    for row in rows:
        for name in _claims(row):
            beside[row.entry.server.id, _noun(name)][row.key] = name
        if row.is_remote and row.authorization.kind not in OPEN and not _oversees(row):
            checked.append(row)
    for row in checked:
        found = keying_parameter(row)
        if found is None or _is_compared(found):
            continue
        name = found.function.facts.parameters[found.parameter].name
        others = beside[row.entry.server.id, _noun(name)]
        if len(others.keys() - {row.key}) >= FEW:
            yield found._replace(claim=min(others.values()))


def _claims(row: Row) -> Iterator[str]:
    for effect in row.effects:
        for label in effect.arguments if effect.rank else ():
            kind, _, name = label.partition(":")
            if kind == "claim":
                yield name


def _noun(name: str) -> str:
    noun = name.lower().removesuffix("id").rstrip("_").rpartition("_")[2]
    return "user" if noun in PERSONS else noun


def _oversees(row: Row) -> bool:
    """Tell whether a tool asks for a grant of those who act for others."""
    asked = words(row.requires).lower()
    return any(word in asked for word in OVERSEEING)


def _is_compared(found: Claimed) -> bool:
    """Tell whether a check of the caller depends on the parameter: it may be compared with the claim."""
    label = f"{found.function.id}{MARK}{found.parameter}"
    return any(
        label in item
        for effect in found.row.effects
        for guard in effect.guards
        if guard.kind == "check"
        for item in guard.subject
    )
