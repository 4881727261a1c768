"""Handles to what one call keeps and another finds: what makes them, and whether anything asks who holds them."""

from collections.abc import Set

from analyzers.authority.rows import Row
from analyzers.authority.stores import GUESSABLE, StoreUse, makers_of, store_reads, store_writes
from analyzers.authority.visits import Visit, Visits, reached
from analyzers.facts import Value
from analyzers.flow.labels import is_chosen, is_identity
from analyzers.project.program import Function
from analyzers.rule import Analysis

# How a call is told whose an entry must be.
OWNERS = frozenset({"owner", "owner_id", "principal", "subject", "tenant", "tenant_id", "user", "user_id", "caller"})
TELLING = frozenset({"debug", "info", "warning", "error", "exception", "print", "get", "append"})


Made = dict[str, tuple[StoreUse, str, Row]]
Found = dict[str, list[tuple[StoreUse, Row]]]


def handle_uses(analysis: Analysis) -> tuple[Made, Found]:
    """Return where each store is given an entry under a handle, with what makes that, and where entries are found."""
    made: Made = {}
    found: Found = {}
    makers = {function.id: made_in for function in analysis.functions() if (made_in := _made_in(analysis, function))}
    stores = {use.store for made_in in makers.values() for use, _ in made_in}
    readers = {function.id: uses for function in analysis.functions() if (uses := _read_in(analysis, function, stores))}
    visits = Visits(analysis.flow)
    for row in analysis.rows if stores else ():
        handler = row.entry.inner or row.entry.handler
        is_asked = handler is not None and row.is_remote and row.entry.kind in ("tool", "resource")
        for visit in visits.of(handler) if handler is not None and is_asked else ():
            for use, maker in makers.get(visit.function.id, ()):
                made.setdefault(use.store, (use, maker, row))
            for read in readers.get(visit.function.id, ()):
                if _is_given(analysis, visit, read):
                    found.setdefault(read.store, []).append((read, row))
    return made, found


def _made_in(analysis: Analysis, function: Function) -> list[tuple[StoreUse, str]]:
    """Return where a function keeps something under a handle that it makes, and what makes that."""
    uses = ((use, _maker(analysis, function, use.key)) for use in store_writes(function))
    return [(use, maker) for use, maker in uses if maker]


def _read_in(analysis: Analysis, function: Function, stores: Set[str]) -> list[StoreUse]:
    if not any(store.startswith(f"{function.file.path}|") for store in stores):
        return []
    return [use for use in store_reads(analysis.flow, function) if use.store in stores]


def _is_given(analysis: Analysis, visit: Visit, use: StoreUse) -> bool:
    """Tell whether a key is what the caller of the entry point gave, and nothing that is known of the caller."""
    labeler = analysis.flow.labeler
    labels = labeler.substitute(labeler.labels(visit.function, use.key), visit.given.bindings())
    return any(map(is_chosen, labels)) and not is_identity(labels)


def is_bound(analysis: Analysis, use: StoreUse, row: Row) -> bool:
    """Tell whether something asks who holds a handle, on the way to where it is used or behind it."""
    handler = row.entry.inner or row.entry.handler
    checked = any(guard.kind == "check" for guard, _ in analysis.flow.summary(use.function).on_return)
    return (
        checked
        or _asks_owner(analysis, use)
        or (handler is not None and any(_compares(analysis, visit) for visit in reached(analysis.flow, handler)))
    )


def _asks_owner(analysis: Analysis, use: StoreUse) -> bool:
    """Tell whether what comes before a look-up asks for the handle by its owner as well, whom no caller names."""
    values = use.function.facts.values
    tests = [step.value for step in use.function.facts.events if step.kind in ("true", "false")]
    asked = {part for test in tests for part in use.function.made_of(test)}
    for event in use.function.calls():
        node = values[event.value]
        owners = [node.args[index + 1] for index, name in enumerate(node.names) if name in OWNERS]
        if event.start < use.start and owners and event.value in asked and use.key in node.args[1:]:
            labels = analysis.flow.labeler.union(use.function, owners)
            if all(values[owner].op != "none" for owner in owners) and not any(map(is_chosen, labels)):
                return True
    return False


def _compares(analysis: Analysis, visit: Visit) -> bool:
    """Tell whether a function compares anything with who called, or has something outside do so."""
    function, labeler = visit.function, analysis.flow.labeler
    for node in function.facts.values:
        outside = node.op == "call" and not analysis.flow.resolver.functions(function, node.args[0])
        if node.op != "compare" and not outside:
            continue
        parts = node.args[1:] if outside else node.args
        known = labeler.substitute(labeler.union(function, parts), visit.given.bindings())
        if is_identity(known) and not _only_reads(function, node, outside=outside):
            return True
    return False


def _only_reads(function: Function, node: Value, *, outside: bool) -> bool:
    """Tell whether who calls is only read, told or counted there: `claims.get("sub")`, a line of a log, `is None`."""
    if not outside:
        return any(function.facts.values[part].op == "none" for part in node.args)
    name = function.facts.values[node.args[0]].text.rpartition("|")[2]
    return name in TELLING


def _maker(analysis: Analysis, function: Function, key: int) -> str:
    """Return what makes the handle that a key is: the one that can be guessed, if any; "" for no handle."""
    if is_identity(analysis.flow.labeler.labels(function, key)):
        return ""
    names = [name for _, name in makers_of(analysis.flow, function, key)]
    sound = [name for name in names if name not in GUESSABLE]
    return sound[0] if sound else names[0] if names else ""
