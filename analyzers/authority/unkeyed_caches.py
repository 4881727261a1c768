"""What was found for one caller, kept under a key that is the same for others."""

from collections.abc import Iterator

from analyzers.authority.shared_state import Write, state_of
from analyzers.authority.visits import Visit
from analyzers.flow.labels import NONE, Labels, is_chosen, is_identity
from analyzers.flow.summaries import Flow
from analyzers.project.program import Function

GETTERS = ("get", "setdefault")
MAX_PARTS = 40


def unkeyed_writes(flow: Flow, visit: Visit, handler: Function) -> Iterator[Write]:
    """Yield where something that was asked for in the caller's name is kept under what the caller asked for alone.

    `CACHE[number] = await store.read(tenant, number)`: the next tenant that asks for the number gets this one's. An
    entry that says whose it is may be compared with who asks when it is read, and is not told.
    """
    function = visit.function
    values = function.facts.values
    for event in function.facts.events:
        if event.kind != "store" or event.text != "[]":
            continue
        container, key = values[event.target].args[:2]
        state, name = state_of(flow, function, container, handler)
        kept = _asked_with(flow, visit, event.value) if state else NONE
        if not is_identity(kept) or not _is_chosen_alone(flow, visit, key):
            continue
        if not _names_owner(flow, visit, event.value) and not _is_compared(flow, function, name):
            yield Write(state, name, function, event, kept)


def _asked_with(flow: Flow, visit: Visit, value: int) -> Labels:
    """Return the labels of all that a value is made of: an answer has those of what was asked."""
    parts = visit.function.made_of(value, most=MAX_PARTS)
    return flow.labeler.substitute(flow.labeler.union(visit.function, parts), visit.given.bindings())


def _is_chosen_alone(flow: Flow, visit: Visit, key: int) -> bool:
    """Tell whether a key is what the caller chooses, and no identity has a part in it."""
    under = flow.labeler.substitute(flow.labeler.labels(visit.function, key), visit.given.bindings())
    return any(map(is_chosen, under)) and not is_identity(under)


def _names_owner(flow: Flow, visit: Visit, value: int) -> bool:
    """Tell whether an identity itself is a part of what is kept: `{"owner": subject, ...}`, `Job(subject, ...)`."""
    function, bindings = visit.function, visit.given.bindings()
    for part in function.made_of(value, most=MAX_PARTS):
        node = function.facts.values[part]
        if node.op not in ("map", "tuple", "list") and not (
            node.op == "call" and _is_class(flow, function, node.args[0])
        ):
            continue
        for item in node.args[node.op == "call" :]:
            labels = (
                flow.labeler.substitute(flow.labeler.labels(function, item), bindings) if item >= 0 else frozenset()
            )
            if is_identity(labels) and not any(map(is_chosen, labels)):
                return True
    return False


def _is_class(flow: Flow, function: Function, value: int) -> bool:
    return any(target.kind == "class" for target in flow.resolver.resolve(function, value))


def _is_compared(flow: Flow, function: Function, name: str) -> bool:
    """Tell whether what is read of a container is compared with who calls, in a function of the same file."""
    return any(
        is_identity(flow.labeler.labels(reader, event.value)) and _reads(reader, event.value, name)
        for reader in function.file.functions
        for event in reader.facts.events
        if event.kind in ("true", "false")
    )


def _reads(function: Function, value: int, name: str) -> bool:
    for part in function.made_of(value, most=MAX_PARTS):
        node = function.facts.values[part]
        holder = node.args[0] if node.op == "index" else -1
        if node.op == "call" and function.facts.values[node.args[0]].text in GETTERS:
            holder = next(iter(function.facts.values[node.args[0]].args), -1)
        if holder >= 0 and function.facts.values[holder].text == name.rpartition(".")[2]:
            return True
    return False
