"""Constants that keys have where nobody sets another, and that no start refuses."""

from collections.abc import Iterator
from typing import NamedTuple

from analyzers.facts import Event, Value
from analyzers.flow.options import field_default
from analyzers.frameworks.credentials import ENVIRONMENT_CALLS
from analyzers.project.program import Function
from analyzers.project.targets import argument_of
from analyzers.rule import Analysis

MAX_DEPTH = 8
PUBLIC = "-----BEGIN"
COMPARED = {"==": "true", "!=": "false", "in": "true", "not-in": "false"}
# Methods that say something and go on.
SAYING = frozenset({"debug", "info", "warning", "warn", "error", "critical", "exception", "print", "echo", "log"})
Constant = tuple[Function, int]


class Entered(NamedTuple):
    """A call through which a function was entered: what it passes is what the parameters are, and no other call's."""

    callee: Function
    caller: Function
    call: int
    has_receiver: bool


def constants(analysis: Analysis, function: Function, value: int) -> Iterator[Constant]:
    """Yield the constants that a key may be, wherever it was set or left at its default."""
    return (found for found in _constants(analysis, function, value, ()) if not _is_refused(analysis, *found))


def _constants(
    analysis: Analysis, function: Function, value: int, entered: tuple[Entered, ...], depth: int = 0
) -> Iterator[Constant]:
    if value < 0 or depth > MAX_DEPTH:
        return
    node = function.facts.values[value]
    if node.op == "str":
        if node.text and PUBLIC not in node.text and not _is_opt_in(analysis, function, value):
            yield function, value
        return
    parts = _parts(analysis, function, node)
    if parts is not None:
        ways = [(*part, entered) for part in parts]
    elif node.op == "call":
        ways = [(step.callee, ended, (*entered, step)) for step, ended in _answers(analysis, function, value)]
    elif node.op == "param" and entered and entered[-1].callee is function:
        ways = [(*_passed(entered[-1], value), entered[:-1])]
    else:
        ways = [(*part, entered) for part in analysis.flow.defaults.definitions(function, value)]
    for scope, part, through in ways:
        yield from _constants(analysis, scope, part, through, depth + 1)


def _parts(analysis: Analysis, function: Function, node: Value) -> list[Constant] | None:
    """Return what an expression takes as it is, None where something else decides."""
    callee = function.facts.values[node.args[0]] if node.op == "call" else node
    if node.op in ("or", "default", "select", "phi"):
        return [(function, part) for part in node.args[node.op == "select" :]]
    if callee.op == "attr" and callee.text in ("encode", "get_secret_value", "strip"):
        return [(function, callee.args[0])]
    default = argument_of(node, "default", 1) if node.op == "call" else -1
    if default >= 0 and (_is_lookup(callee) or _is_environment(analysis, function, node)):
        return [(function, default)]
    if node.op == "call" and callee.text.rpartition("|")[2] in ("Field", "field", "SecretStr", "str"):
        return [field_default(analysis.flow.resolver, function, node)]
    return None


def _is_lookup(callee: Value) -> bool:
    """Tell whether a call asks a table, as one that a file of settings was read into: `settings.get("key", "dev")`."""
    return callee.op == "attr" and callee.text == "get"


def _is_environment(analysis: Analysis, function: Function, call: Value) -> bool:
    return bool(set(analysis.flow.resolver.externals(function, call.args[0])) & ENVIRONMENT_CALLS)


def _answers(analysis: Analysis, function: Function, call: int) -> Iterator[tuple[Entered, int]]:
    """Yield what functions of the program give back that a call runs."""
    for callee, owner in analysis.flow.resolver.functions(function, function.facts.values[call].args[0]):
        for event in callee.facts.events:
            if event.kind == "return" and callee.facts.kind != "class":
                yield Entered(callee, function, call, owner is not None), event.value


def _passed(entered: Entered, index: int) -> Constant:
    """Return what a call passes for a parameter, its default where it passes none."""
    callee, caller, call, has_receiver = entered
    parameter = callee.facts.parameters[index]
    given = argument_of(caller.facts.values[call], parameter.name, index - has_receiver)
    return (caller, given) if given >= 0 or callee.parent is None else (callee.parent, parameter.default)


def _is_opt_in(analysis: Analysis, function: Function, value: int) -> bool:
    """Tell whether a constant is only taken once a setting was changed: `if DEBUG: KEY = "dev"`.

    What a local name is bound to is taken wherever the function is called.
    """
    events = function.facts.events
    local = 0 if events and function.facts.kind in ("function", "method") else -1
    event = next((index for index, event in enumerate(events) if event.value == value), local)
    return event >= 0 and analysis.flow.defaults.is_opt_in(function, event)


def _is_refused(analysis: Analysis, function: Function, value: int) -> bool:
    """Tell whether the file compares something with the same text, as a start does that refuses the default.

    One that only says so, and starts all the same, refuses nothing.
    """
    text = function.facts.values[value].text
    return any(
        node.op == "compare"
        and any(analysis.flow.resolver.text(scope, side) == text for side in node.args)
        and not _only_tells(scope, index)
        for scope in function.file.functions
        for index, node in enumerate(scope.facts.values)
    )


def _only_tells(function: Function, comparison: int) -> bool:
    """Tell whether nothing happens where two texts are equal but that something is said about it."""
    kind = COMPARED.get(function.facts.values[comparison].text)
    events = function.facts.events
    met = [event for event in events if event.kind == kind and comparison in function.made_of(event.value)]
    behind = [event for event in events if met and any(step in met for step in function.chain(event.dominator))]
    return bool(behind) and all(_tells(function, event) for event in behind)


def _tells(function: Function, event: Event) -> bool:
    if event.kind != "call":
        return False
    callee = function.facts.values[function.facts.values[event.value].args[0]]
    return callee.text.rpartition("|")[2] in SAYING
