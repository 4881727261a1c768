"""Tools that surely change nothing, whatever they are called: all that they call is known, and harmless."""

from collections.abc import Iterator

from analyzers.facts import Event, Value
from analyzers.flow.runners import run_elsewhere
from analyzers.flow.summaries import Flow
from analyzers.frameworks.disclosure import LOGGER_NAMES
from analyzers.frameworks.inert import INERT_ROOTS, is_made
from analyzers.frameworks.sinks import CLIENT_CLASSES
from analyzers.project.program import Function
from analyzers.project.servers import EntryPoint

MAX_DEPTH = 5
# What changes something that is kept: entries and attributes of objects, variables of modules.
KEEPING = ("store", "global")
DEFINED = ("function", "class", "import", "number", "bool")
LOGGERS = ("logging.", "structlog.", "loguru.")
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
GIVEN = frozenset(
    {
        *("param", "str", "number", "bool", "none", "attr", "call", "index", "template", "default", "or"),
        *("element", "item"),
    }
)
SLICE = ("unknown", "slice")
# What is computed of other values, or written in the code.
PLAIN = frozenset({"binary", "template", "str", "number", "bytes", "bool", "compare", "not", "unary"})
LEVELS = frozenset({"debug", "info", "warning", "warn", "error", "exception", "critical"})
# What a function makes for itself, and how models are made tables of.
DISPLAYS = frozenset({"list", "map", "set", "comprehension"})
DUMPING = frozenset({"model_dump", "model_dump_json"})
MAX_PARTS = 30


def changes_nothing(flow: Flow, entry: EntryPoint) -> bool:
    """Tell whether an entry point only computes: it keeps nothing, and calls nothing that does or is not known.

    A dispatcher only computes where it does for every name. What it reads of the program may be private all the same.
    """
    return bool(handlers(entry)) and all(_computes(flow, handler, MAX_DEPTH) for handler in handlers(entry))


def asks_unknown(flow: Flow, entry: EntryPoint) -> bool:
    """Tell whether a handler, or what it calls, calls a library of which it is not known what that does."""
    return any(_asks_unknown(flow, handler, MAX_DEPTH, set()) for handler in handlers(entry))


def _asks_unknown(flow: Flow, function: Function, depth: int, seen: set[str]) -> bool:
    seen.add(function.id)
    for event in function.calls():
        callee = function.facts.values[event.value].args[0]
        inner = [callee for callee, _ in flow.resolver.functions(function, callee) if callee.id not in seen]
        if depth and any(_asks_unknown(flow, callee, depth - 1, seen) for callee in inner):
            return True
        is_known = not flow.resolver.externals(function, callee) or is_harmless(flow, function, event, depth)
        if not is_known and next(iter(flow.effects_of(function, event)), None) is None:
            return True
    return False


def reads_kept(flow: Flow, entry: EntryPoint) -> bool:
    """Tell whether a handler, or what it calls, reads what a module or an object keeps: a table of users, a setting."""
    return any(_reads_kept(flow, handler, MAX_DEPTH) for handler in handlers(entry))


def handlers(entry: EntryPoint) -> list[Function]:
    """Return the functions that run for an entry point."""
    inner = entry.branch.handler if entry.branch is not None else None
    return [handler for handler in (entry.handler, inner) if handler is not None]


def _reads_kept(flow: Flow, function: Function, depth: int) -> bool:
    values = function.facts.values
    for index, node in enumerate(values):
        own = node.op == "attr" and function.owner is not None and node.args[0] == 0
        bound = list(_kept_under(flow, function, node.text)) if node.op == "name" else []
        if own or any(map(_keeps, bound)) or ("import" in bound and _is_table(flow, function, index)):
            return True
    return depth > 0 and any(
        _reads_kept(flow, callee, depth - 1)
        for event in function.calls()
        for callee, _ in flow.resolver.functions(function, values[event.value].args[0])
    )


def _kept_under(flow: Flow, function: Function, name: str) -> Iterator[str]:
    """Yield what a name of the module stands for, without loggers and clients, which hold no data."""
    module = function.file.module
    for value in module.facts.names.get(name, ()) if name.lower() not in LOGGER_NAMES else ():
        node = module.facts.values[value]
        maker = flow.resolver.external(module, node.args[0]) if node.op == "call" else ""
        if not maker.startswith(LOGGERS) and maker not in CLIENT_CLASSES:
            yield node.op


def _is_table(flow: Flow, function: Function, value: int) -> bool:
    """Tell whether a name is that of a table or a list of another module."""
    return any(target.kind == "display" for target in flow.resolver.resolve(function, value))


def _keeps(op: str) -> bool:
    return op not in DEFINED


def _computes(flow: Flow, function: Function, depth: int) -> bool:
    if depth == 0 or flow.summary(function).effects or flow.summary(function).truncated or _only_promises(function):
        return False
    return all(
        is_harmless(flow, function, event, depth)
        if event.kind == "call"
        else event.kind not in KEEPING or (event.kind == "store" and _is_own(function, _table(function, event)))
        for event in function.facts.events
    )


def _only_promises(function: Function) -> bool:
    """Tell whether a method does nothing at all, as those of protocols and abstract classes: others do it."""
    return function.owner is not None and not function.facts.events


def _is_given(function: Function, value: int) -> bool:
    """Tell whether a value is an argument of the function, or something of one."""
    parts = list(function.made_of(value, most=MAX_PARTS))
    return len(parts) < MAX_PARTS and all(
        node.op in GIVEN or (node.op, node.text) == SLICE for part in parts for node in (function.facts.values[part],)
    )


def _table(function: Function, event: Event) -> int:
    """Return the table of which an event changes an entry, -1 where it changes something else."""
    node = function.facts.values[event.target]
    return node.args[0] if node.op == "index" else -1


def _is_own(function: Function, value: int, depth: int = MAX_DEPTH) -> bool:
    """Tell whether a value is a list or a table that the function made itself, whatever was put in since."""
    node = function.facts.values[value] if value >= 0 else None
    if node is None or depth == 0:
        return False
    if node.op == "phi":
        return bool(node.args) and all(_is_own(function, part, depth - 1) for part in node.args if part != value)
    return node.op in DISPLAYS


def _is_plain(flow: Flow, function: Function, value: int) -> bool:
    """Tell whether a value was computed here, or by a library that does nothing: `datetime.now() - start`."""
    for _ in range(MAX_PARTS):
        node = function.facts.values[value]
        if node.op in PLAIN:
            return True
        if node.op not in ("call", "attr", "index", "item"):
            return False
        value = node.args[0]
        if node.op == "call":
            names = flow.resolver.externals(function, value)
            if names:
                return all(name.partition(".")[0] in INERT_ROOTS for name in names)
            if function.facts.values[value].op != "attr":
                return False
    return False


def _is_log(function: Function, callee: Value) -> bool:
    """Tell whether a method is one of a logger, of whatever library: `logger.info`."""
    owner = function.facts.values[callee.args[0]].text.rpartition("|")[2].lower()
    return callee.text in LEVELS and owner in LOGGER_NAMES


def is_harmless(flow: Flow, function: Function, event: Event, depth: int) -> bool:
    """Tell whether a call does nothing to the world, and nothing that is not known."""
    callee = function.facts.values[function.facts.values[event.value].args[0]]
    if callee.op == "attr" and callee.text in CHANGING:
        return _is_own(function, callee.args[0])
    if callee.op == "attr" and callee.text in ASKING and _is_given(function, callee.args[0]):
        return True
    if callee.op == "attr" and (_is_plain(flow, function, callee.args[0]) or _is_log(function, callee)):
        return True
    node = function.facts.values[event.value]
    targets = flow.resolver.resolve(function, node.args[0])
    run = run_elsewhere(flow.resolver, function, node)
    if run >= 0:
        inner = flow.resolver.functions(function, run)
        return bool(inner) and all(_computes(flow, callee, depth - 1) for callee, _ in inner)
    if not targets and callee.op == "attr" and callee.text in DUMPING:
        return True
    return bool(targets) and all(
        (target.kind == "external" and (target.name.partition(".")[0] in INERT_ROOTS or is_made(target.name)))
        or (target.function is not None and target.kind != "instance" and _computes(flow, target.function, depth - 1))
        for target in targets
    )
