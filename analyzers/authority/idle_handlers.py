"""Tools that surely change nothing, whatever they are called: all that they call is known, and harmless."""

from analyzers.facts import Event
from analyzers.flow.summaries import Flow
from analyzers.frameworks.inert import INERT_ROOTS, is_made
from analyzers.project.program import Function
from analyzers.project.servers import EntryPoint

MAX_DEPTH = 4
# What changes something that is kept: entries and attributes of objects, variables of modules.
KEEPING = ("store", "global")
DEFINED = ("function", "class", "import")
# Methods that change what they are called on.
CHANGING = frozenset(
    {
        *("append", "extend", "insert", "add", "update", "pop", "popitem", "remove", "discard", "clear", "setdefault"),
        *("put", "put_nowait", "write", "writelines", "send", "set", "appendleft"),
    }
)


def changes_nothing(flow: Flow, entry: EntryPoint) -> bool:
    """Tell whether an entry point only computes: it keeps nothing, and calls nothing that does or is not known.

    What it reads of the program may be private all the same.
    """
    return entry.handler is not None and entry.branch is None and _computes(flow, entry.handler, MAX_DEPTH)


def reads_kept(entry: EntryPoint) -> bool:
    """Tell whether a handler reads what its module keeps: a table of users, a setting."""
    handler = entry.handler
    if handler is None:
        return False
    module = handler.file.module.facts
    kept = (
        module.values[bound].op
        for node in handler.facts.values
        if node.op == "name"
        for bound in module.names.get(node.text, ())
    )
    return any(op not in DEFINED for op in kept)


def _computes(flow: Flow, function: Function, depth: int) -> bool:
    if depth == 0 or flow.summary(function).effects or flow.summary(function).truncated:
        return False
    return all(
        event.kind not in KEEPING and (event.kind != "call" or _is_harmless(flow, function, event, depth))
        for event in function.facts.events
    )


def _is_harmless(flow: Flow, function: Function, event: Event, depth: int) -> bool:
    callee = function.facts.values[function.facts.values[event.value].args[0]]
    if callee.op == "attr" and callee.text in CHANGING:
        return False
    targets = flow.resolver.resolve(function, function.facts.values[event.value].args[0])
    return bool(targets) and all(
        (target.kind == "external" and (target.name.partition(".")[0] in INERT_ROOTS or is_made(target.name)))
        or (target.function is not None and target.kind != "instance" and _computes(flow, target.function, depth - 1))
        for target in targets
    )
