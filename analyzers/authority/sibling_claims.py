"""Tools whose callers name whose data they use, where other tools of the server take that from the verified token."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from analyzers.authority.claimed import OPEN, Claimed, keying_parameter
from analyzers.authority.grants import words
from analyzers.authority.rows import Row
from analyzers.flow.labels import MARK, key_of

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
        for name, found in _stated(row):
            others = beside[row.entry.server.id, _noun(name)]
            if len(others.keys() - {row.key}) >= FEW:
                yield found._replace(claim=min(others.values()))
                break


def _stated(row: Row) -> Iterator[tuple[str, Claimed]]:
    """Yield what callers name that may be whose data it is, by its name."""
    found = keying_parameter(row)
    if found is not None and not _is_compared(found):
        yield found.function.facts.parameters[found.parameter].name, found
    branch = row.entry.branch
    first = branch.first() if branch is not None else None
    if branch is None or first is None:
        return
    keys = {key_of(label) for effect in row.effects if effect.rank for label in effect.arguments if MARK in label}
    for key in sorted(keys - {""}):
        if _noun(key) not in row.name.lower() and not key.startswith("."):
            source = f"the argument `{key}`"
            yield key, Claimed(row, source, "keys", branch.function, first.start, first.end)


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
