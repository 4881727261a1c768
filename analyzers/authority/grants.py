"""What a caller must hold for a call: every clause, of each clause one grant. Fewer or wider clauses ask for less."""

from collections.abc import Iterable, Iterator

from analyzers.flow.guards import NOBODY, Guard
from analyzers.flow.labels import TOOL, is_chosen

Clauses = tuple[tuple[str, ...], ...]
THIS_TOOL = "this tool"
CONST = "const:"


def clauses_of(guards: Iterable[Guard], scopes: Iterable[str], name: str) -> Clauses:
    """Return what checks and the connection's required scopes ask of a caller of the tool `name`."""
    found: set[tuple[str, ...]] = {(scope,) for scope in scopes}
    for guard in guards:
        if guard.kind == "check":
            found.update(_clauses(guard, name))
    return ((NOBODY,),) if (NOBODY,) in found else tuple(sorted(found))


def _clauses(guard: Guard, name: str) -> Iterator[tuple[str, ...]]:
    grants = sorted({_grant(label, guard, name) for label in guard.subject})
    if guard.any_of:
        yield tuple(grants)
    else:
        yield from ((grant,) for grant in grants)


def _grant(label: str, guard: Guard, name: str) -> str:
    if label == NOBODY:
        return NOBODY
    if label == TOOL or label == f"{CONST}{name}":
        return THIS_TOOL
    if label.startswith(CONST):
        return label.removeprefix(CONST)
    if label.startswith("tag:"):
        return f"the scopes of {label.replace(':', ' ')}"
    return f"{guard.claim} for what is asked" if is_chosen(label) else guard.claim or label


def asks_at_least(first: Clauses, second: Clauses) -> bool:
    """Tell whether whoever meets the first clauses meets the second ones; nobody meets what is asked of nobody."""
    return (NOBODY,) in first or all(any(set(clause) <= set(wanted) for clause in first) for wanted in second)


def words(clauses: Clauses) -> str:
    """Return clauses in words."""
    return " and ".join(" or ".join(clause) for clause in clauses)
