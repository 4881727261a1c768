"""Tools that surely change nothing, whatever they are called: all that they call is known, and harmless."""

from analyzers.facts import Event, FunctionFacts
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


# Methods of texts and tables that give something of them.
ASKING = frozenset(
    {
        *("get", "items", "keys", "values", "copy", "lower", "upper", "strip", "lstrip", "rstrip", "title", "casefold"),
        *("split", "splitlines", "join", "format", "replace", "startswith", "endswith", "isdigit", "encode", "count"),
    }
)
# What a text or a table is that is made of arguments and constants alone.
GIVEN = frozenset({"param", "str", "number", "bool", "none", "attr", "call", "index", "template", "default", "or"})
MAX_PARTS = 30


def changes_nothing(flow: Flow, entry: EntryPoint) -> bool:
    """Tell whether an entry point only computes: it keeps nothing, and calls nothing that does or is not known.

    A dispatcher only computes where it does for every name. What it reads of the program may be private all the same.
    """
    return bool(handlers(entry)) and all(_computes(flow, handler, MAX_DEPTH) for handler in handlers(entry))


def reads_kept(flow: Flow, entry: EntryPoint) -> bool:
    """Tell whether a handler, or what it calls, reads what a module or an object keeps: a table of users, a setting."""
    return any(_reads_kept(flow, handler, MAX_DEPTH) for handler in handlers(entry))


def handlers(entry: EntryPoint) -> list[Function]:
    """Return the functions that run for an entry point."""
    inner = entry.branch.handler if entry.branch is not None else None
    return [handler for handler in (entry.handler, inner) if handler is not None]


def _reads_kept(flow: Flow, function: Function, depth: int) -> bool:
    module = function.file.module.facts
    values = function.facts.values
    for index, node in enumerate(values):
        own = node.op == "attr" and function.owner is not None and node.args[0] == 0
        bound = [module.values[value].op for value in _bound(module, node.text)] if node.op == "name" else []
        if own or any(map(_keeps, bound)) or ("import" in bound and _is_table(flow, function, index)):
            return True
    return depth > 0 and any(
        _reads_kept(flow, callee, depth - 1)
        for event in function.calls()
        for callee, _ in flow.resolver.functions(function, values[event.value].args[0])
    )


def _bound(module: FunctionFacts, name: str) -> tuple[int, ...]:
    return module.names.get(name, ())


def _is_table(flow: Flow, function: Function, value: int) -> bool:
    """Tell whether a name is that of a table or a list of another module."""
    return any(target.kind == "display" for target in flow.resolver.resolve(function, value))


def _keeps(op: str) -> bool:
    return op not in DEFINED


def _computes(flow: Flow, function: Function, depth: int) -> bool:
    if depth == 0 or flow.summary(function).effects or flow.summary(function).truncated or _only_promises(function):
        return False
    return all(
        event.kind not in KEEPING and (event.kind != "call" or is_harmless(flow, function, event, depth))
        for event in function.facts.events
    )


def _only_promises(function: Function) -> bool:
    """Tell whether a method does nothing at all, as those of protocols and abstract classes: others do it."""
    return function.owner is not None and not function.facts.events


def _is_given(function: Function, value: int) -> bool:
    """Tell whether a value is an argument of the function, or something of one."""
    parts = list(function.made_of(value, most=MAX_PARTS))
    return len(parts) < MAX_PARTS and all(function.facts.values[part].op in GIVEN for part in parts)


def is_harmless(flow: Flow, function: Function, event: Event, depth: int) -> bool:
    """Tell whether a call does nothing to the world, and nothing that is not known."""
    callee = function.facts.values[function.facts.values[event.value].args[0]]
    if callee.op == "attr" and callee.text in CHANGING:
        return False
    if callee.op == "attr" and callee.text in ASKING and _is_given(function, callee.args[0]):
        return True
    targets = flow.resolver.resolve(function, function.facts.values[event.value].args[0])
    return bool(targets) and all(
        (target.kind == "external" and (target.name.partition(".")[0] in INERT_ROOTS or is_made(target.name)))
        or (target.function is not None and target.kind != "instance" and _computes(flow, target.function, depth - 1))
        for target in targets
    )
