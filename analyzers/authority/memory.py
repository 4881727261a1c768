"""Tools that change nothing but what the process keeps for itself: it is gone when the process ends."""

from analyzers.authority.idle_handlers import KEEPING, MAX_DEPTH, handlers, is_harmless
from analyzers.facts import Event
from analyzers.flow.summaries import Flow
from analyzers.project.program import Function
from analyzers.project.servers import EntryPoint

DISPLAYS = frozenset({"map", "list", "set", "number"})
BUILT = ("builtins.map()", "builtins.list()", "builtins.set()", "builtins.dict()", "collections.")
# Libraries of containers, and of what is filled in the process.
HOLDING = frozenset(
    {"builtins", "collections", "cachetools", "queue", "asyncio", "weakref", "threading", "contextvars"}
)
MAX_PARTS = 20


def stays_in_memory(flow: Flow, entry: EntryPoint) -> bool:
    """Tell whether an entry point only changes tables and lists that its modules hold, and their items."""
    run = handlers(entry)
    return bool(run) and all(_stays(flow, function, MAX_DEPTH) for function in run)


def _stays(flow: Flow, function: Function, depth: int) -> bool:
    summary = flow.summary(function)
    if depth == 0 or summary.effects or summary.truncated:
        return False
    return all(_is_kept_here(flow, function, event, depth) for event in function.facts.events)


def _is_kept_here(flow: Flow, function: Function, event: Event, depth: int) -> bool:
    if event.kind == "global":
        return True
    if event.kind in KEEPING:
        return _is_of_display(function, event.target)
    if event.kind != "call" or is_harmless(flow, function, event, depth):
        return True
    targets = flow.resolver.resolve(function, function.facts.values[event.value].args[0])
    return bool(targets) and all(
        (target.kind == "external" and target.name.startswith(BUILT))
        or (target.function is not None and target.kind != "instance" and _stays(flow, target.function, depth - 1))
        for target in targets
    )


def _is_of_display(function: Function, value: int) -> bool:
    """Tell whether a value is, or is taken from, a table or a list that a module writes out."""
    module = function.file.module.facts
    return any(
        module.values[bound].op in DISPLAYS
        for part in function.made_of(value, most=MAX_PARTS)
        if function.facts.values[part].op == "name"
        for bound in module.names.get(function.facts.values[part].text, ())
    )


def is_of_client(flow: Flow, function: Function, callee: int) -> bool:
    """Tell whether a called method is one of a client of a service, which keeps nothing itself."""
    names = flow.resolver.externals(function, callee)
    roots = {name.partition(".")[0] for name in names}
    return bool(names) and roots.isdisjoint(HOLDING)
