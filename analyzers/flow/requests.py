"""Whether an HTTP request is being handled at all: where a server speaks stdio, there is none to ask for."""

from collections.abc import Iterator

from analyzers.facts import Event, Value
from analyzers.flow.guards import positive
from analyzers.flow.passing import passes_on
from analyzers.frameworks.identity import REQUEST_CONTEXTS, REQUEST_READERS
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver
from analyzers.project.targets import argument_of

VARIABLE = "contextvars.ContextVar()"
MAX_DEPTH = 3


def asks_for_request(resolver: Resolver, function: Function, handler: Event) -> bool:
    """Tell whether an exception handler is entered for nothing but that there is no request to ask for."""
    names: list[str] = []
    for event in function.facts.events[handler.dominator + 1 :]:
        if event is handler:
            break
        if event.kind == "call":
            names.append(resolver.external(function, function.facts.values[event.value].args[0]))
    return bool(names) and all(name in REQUEST_READERS for name in names)


class RequestMarks:
    """Finds values that are there wherever an HTTP request is being handled, and nowhere else.

    They are the request of a framework's context, and context variables that are empty until an application sets them,
    which it does before it passes any request on.
    """

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._known: dict[str, bool] = {}

    def includes(self, function: Function, value: int) -> bool:
        """Tell whether a value is one of them."""
        node = function.facts.values[value]
        holder = function.facts.values[node.args[0]] if node.op in ("attr", "call") else node
        if node.op == "attr" and node.text == "request":
            named = holder.op == "attr" and holder.text == "request_context"
            return named or self._resolver.external(function, node.args[0]) in REQUEST_CONTEXTS
        if node.op != "call" or holder.op != "attr" or holder.text != "get":
            return False
        if self._resolver.external(function, holder.args[0]) != VARIABLE:
            return False
        name = function.facts.values[holder.args[0]].text.rpartition("|")[2]
        if name not in self._known:
            self._known[name] = self._is_mark(name)
        return self._known[name]

    def _is_mark(self, name: str) -> bool:
        """Tell whether a variable is empty by default, and set by applications alone."""
        made = [
            (file.module, value)
            for file in self._resolver.program.sources
            for value in file.module.facts.names.get(name, ())
            if file.module.facts.values[value].op == "call"
        ]
        if len(made) != 1:
            return False
        module, value = made[0]
        default = argument_of(module.facts.values[value], "default", -1)
        sites = [site for site in self._resolver.program.call_sites("set") if _holder(*site) == name]
        first = [comes_first for site in sites for comes_first in self._in_time(*site, (site[0], _given(*site)))]
        return default >= 0 and is_empty(module, default) and bool(first) and all(first)

    def _in_time(self, function: Function, call: int, given: tuple[Function, int], depth: int = 0) -> Iterator[bool]:
        """Yield of each way that a variable is set to something whether that comes before requests are passed on."""
        if is_empty(*given):
            return
        event = function.event_of(call)
        passing = [step for step in function.calls() if passes_on(function, step.value)]
        if passing:
            mattering = [step for step in passing if not _is_of_another_protocol(function, step)]
            is_first = all(_leads_to(function, event, step.dominator) for step in mattering)
            yield bool(mattering) and is_first and self._is_there(*given)
        elif depth == MAX_DEPTH or not _leads_to(function, event, function.facts.falls):
            yield False
        else:
            callers = list(self._callers(function, given))
            yield from () if callers else (False,)
            for caller, site, passed in callers:
                yield from self._in_time(caller, site, passed, depth + 1)

    def _callers(
        self, function: Function, given: tuple[Function, int]
    ) -> Iterator[tuple[Function, int, tuple[Function, int]]]:
        """Yield the calls of a function with what they set."""
        owner, value = given
        node = owner.facts.values[value] if value >= 0 else None
        for caller, site in self._resolver.program.call_sites(function.facts.name):
            call = caller.facts.values[site]
            if not any(callee is function for callee, _ in self._resolver.functions(caller, call.args[0])):
                continue
            passed = given
            if node is not None and node.op == "param" and owner is function and function.parent is not None:
                argument = argument_of(call, node.text, value)
                passed = (caller, argument) if argument >= 0 else (function.parent, _default(function, value))
            yield caller, site, passed

    def _is_there(self, function: Function, value: int) -> bool:
        """Tell whether a value is certainly not empty: a true constant, a text, an object."""
        node = function.facts.values[value]
        if node.op in ("bool", "str"):
            return not is_empty(function, value)
        return any(target.kind == "instance" for target in self._resolver.resolve(function, value))


def is_empty(function: Function, value: int) -> bool:
    """Tell whether a value is a constant that counts as false."""
    node = function.facts.values[value] if value >= 0 else None
    return node is None or node.op == "none" or (node.op in ("bool", "str") and node.text in ("False", ""))


def _holder(function: Function, call: int) -> str:
    """Return the name of what a method is called on."""
    values = function.facts.values
    callee = values[values[call].args[0]]
    return values[callee.args[0]].text.rpartition("|")[2] if callee.op == "attr" else ""


def _given(function: Function, call: int) -> int:
    return argument_of(function.facts.values[call], "value", 0)


def _default(function: Function, parameter: int) -> int:
    return function.facts.parameters[parameter].default


def _leads_to(function: Function, first: int, last: int) -> bool:
    """Tell whether an event has certainly completed when another has."""
    return first >= 0 and any(step is function.facts.events[first] for step in function.chain(last))


def _is_of_another_protocol(function: Function, passing: Event) -> bool:
    """Tell whether a request is passed on only where it is none of HTTP: `if scope["type"] != "http"`."""
    return any(
        step.kind in ("true", "false")
        and _is_http(function, function.facts.values[step.value], step.kind == "true") is False
        for step in function.chain(passing.dominator)
    )


def _is_http(function: Function, node: Value, truth: bool) -> bool | None:
    """Return whether a comparison of known outcome says that a request is one of HTTP, None where it says nothing."""
    sides = [function.facts.values[part] for part in node.args] if node.op == "compare" else []
    asked = [side for side in sides if side.op in ("index", "call") and len(side.args) > 1]
    typed = any(function.facts.values[side.args[1]].text == "type" for side in asked)
    constants = [*sides, *(function.facts.values[item] for side in sides for item in side.args)]
    if not typed or not any(side.op == "str" and side.text == "http" for side in constants):
        return None
    return positive(node.text, truth)
