"""Checks about another name than the one that is called."""

from collections.abc import Iterator, Sequence

import msgspec

from analyzers.authority.rows import Row
from analyzers.authority.weak_functions import checks_in, established
from analyzers.authority.weakness import Weakness, weakness_at
from analyzers.facts import Event
from analyzers.flow.guards import Guards
from analyzers.flow.labels import is_identity
from analyzers.flow.summaries import Flow
from analyzers.flow.wrappers import applied_guards, guards_around
from analyzers.project.branches import respelt
from analyzers.project.program import Function
from analyzers.walks import reached


def foreign_check(flow: Flow, row: Row, rows: Sequence[Row]) -> Weakness | None:
    """Return the check of a row that names only other tools of its server, None when there is none.

    The names of checks are those of tools when the same check names a tool's own name somewhere.
    """
    siblings = {other.name: other for other in rows if other.entry.server is row.entry.server and other is not row}
    for names, weakness in _namedchecks_in(flow, row):
        if not names or row.name in names or not names <= siblings.keys():
            continue
        if any(other.name in subject for other in siblings.values() for subject, _ in _namedchecks_in(flow, other)):
            listed = ", ".join(f"`{name}`" for name in sorted(names))
            return msgspec.structs.replace(weakness, reason=f"asks for the grant of {listed}, another tool")
    return None


def misspelt_check(flow: Flow, row: Row) -> Weakness | None:
    """Return the check of a called name that is dispatched on in another spelling, None when there is none."""
    branch = row.entry.branch
    if branch is None:
        return None
    function = branch.function
    values = function.facts.values
    others = set(respelt(function, branch.subject))
    raw = set(branch.subject) - others
    if not any(node.op in ("compare", "index", "call") and others & set(node.args) for node in values):
        return None
    # `if name == "pay" and need not in scopes: raise` is a check for those of the name alone.
    asking = [event for event in function.facts.events if event.kind == "true" and _asks_of_name(flow, function, event)]
    for event in (*(event for _, event in checks_in(flow, function)), *asking):
        about = _made_from(function, event.value, others)
        if about & raw and not about & others:
            return weakness_at(function, "void", "is about the name as sent, and another spelling decides", event)
    return None


def _asks_of_name(flow: Flow, function: Function, event: Event) -> bool:
    """Tell whether a branch that refuses asks both for a name and for who calls."""
    node = function.facts.values[event.value]
    return (
        node.op == "and"
        and any(is_identity(flow.labeler.labels(function, part)) for part in node.args)
        and any(
            end.kind == "raise" and any(step is event for step in function.chain(end.dominator))
            for end in function.facts.events
        )
    )


def _made_from(function: Function, value: int, until: set[int]) -> set[int]:
    """Return the values that an expression is made from, not looking behind some of them."""

    def parts(current: int) -> tuple[int, ...]:
        return function.facts.values[current].args if current not in until else ()

    return set(reached([value], lambda current: (part for part in parts(current) if part >= 0)))


def _namedchecks_in(flow: Flow, row: Row) -> Iterator[tuple[set[str], Weakness]]:
    """Yield the constants that each check of a tool's own is about: in its function, around it, at its registration."""
    function = row.entry.handler if row.entry.branch is None else row.entry.inner
    if function is None:
        return
    for _, event in checks_in(flow, function):
        yield _constants(established(flow, function, event)), weakness_at(function, "void", "", event)
    registered = [(applied, applied_guards(flow, applied)) for applied in row.entry.around]
    for applied, guards in (*registered, *guards_around(flow, function)):
        yield _constants(guards), Weakness("void", "", applied.function, applied.node.start, applied.node.end)


def _constants(guards: Guards) -> set[str]:
    """Return the constants that checks are about."""
    return {label.removeprefix("const:") for guard in guards if guard.kind == "check" for label in guard.subject}
