"""Starts that do not come about without the authentication of a server: what is always there is never left out."""

from collections.abc import Iterator

from analyzers.authority.admitting import reached
from analyzers.facts import Event
from analyzers.flow.summaries import Flow
from analyzers.frameworks.credentials import ENVIRONMENT_CALLS
from analyzers.project.program import Function
from analyzers.project.servers import Server, served_by
from analyzers.project.targets import parameter_of

BRANCHES = ("true", "false")


def is_never_given(flow: Flow, function: Function, value: int) -> bool:
    """Tell whether a value is a parameter that the program's calls leave at None, and that nobody else calls."""
    parameter = parameter_of(function, value)
    if parameter is None:
        return False
    callee, index = parameter
    scope, default = callee.parent, callee.facts.parameters[index].default
    if scope is None or default < 0 or scope.facts.values[default].op != "none" or callee.owner is not None:
        return False
    called = any(
        any(found is callee for found, _ in flow.resolver.functions(caller, caller.facts.values[call].args[0]))
        for caller, call in flow.program.call_sites(callee.facts.name)
    )
    given = flow.resolver.arguments(callee, index)
    return called and all(caller.facts.values[argument].op == "none" for caller, argument in given)


def starts_only_with(flow: Flow, server: Server, authentication: str) -> bool:
    """Tell whether a server is only started over HTTP where a setting that makes one of its verifiers is there."""
    starts = [holder.runs["http"] for holder in served_by(server) if "http" in holder.runs]
    made = [site for name in authentication.split(", ") for site in flow.program.call_sites(name)]
    deciding = [frozenset(_deciding(flow, *site)) for site in made]
    if not starts or not deciding or not all(deciding):
        return False
    known = frozenset().union(*deciding)
    return all(any(names <= known for names in _needed(flow, start.function, start.value)) for start in starts)


def _needed(flow: Flow, function: Function, value: int) -> Iterator[frozenset[str]]:
    """Yield, for each condition of a call that one of some settings is there, the settings."""
    for step in _conditions(function, value):
        names = _asked(flow, function, step.value, there=step.kind == "true")
        if names:
            yield names


def _asked(flow: Flow, function: Function, value: int, *, there: bool) -> frozenset[str]:
    """Return the settings of which one at least is there where a condition comes out one way, none if that is open."""
    node = function.facts.values[value]
    if node.op == "not":
        return _asked(flow, function, node.args[0], there=not there)
    if node.op in ("and", "or"):
        found = [_asked(flow, function, part, there=there) for part in node.args]
        # Of both one is there if either is; where both are, it is enough to know of one.
        needs_all = (node.op == "or") == there
        known = [names for names in found if names]
        return frozenset().union(*found) if needs_all and all(found) else known[0] if known and not needs_all else _NONE
    if node.op == "compare":
        is_empty = node.text in ("is", "==")
        sides = [function.facts.values[part] for part in node.args]
        tells = any(side.op == "none" or (side.op == "str" and not side.text) for side in sides)
        return frozenset(_settings(flow, function, value)) if tells and is_empty != there else _NONE
    return frozenset(_settings(flow, function, value)) if there else _NONE


def _deciding(flow: Flow, function: Function, call: int) -> Iterator[str]:
    """Yield the settings that decide whether a call is made, those that functions of the program read among them."""
    for step in _conditions(function, call):
        yield from _settings(flow, function, step.value)
        for part in function.made_of(step.value):
            node = function.facts.values[part]
            callees = flow.resolver.functions(function, node.args[0]) if node.op == "call" else ()
            for callee, _ in callees:
                for inner in reached(flow, callee):
                    yield from _settings(flow, inner, *range(len(inner.facts.values)))


def _conditions(function: Function, value: int) -> Iterator[Event]:
    position = function.event_of(value)
    chain = function.chain(function.facts.events[position].dominator) if position >= 0 else ()
    return (step for step in chain if step.kind in BRANCHES)


def _settings(flow: Flow, function: Function, *roots: int) -> Iterator[str]:
    """Yield the variables of the environment, and the fields of settings, that values are made of."""
    values = function.facts.values
    for part in function.made_of(*roots):
        node = values[part]
        if node.op == "call" and len(node.args) > 1:
            name = flow.resolver.text(function, node.args[1])
            if name and flow.resolver.external(function, node.args[0]) in ENVIRONMENT_CALLS:
                yield f"${name}"
        elif node.op == "index" and flow.resolver.external(function, node.args[0]) == "os.environ":
            name = flow.resolver.text(function, node.args[1])
            if name:
                yield f"${name}"
        elif node.op == "attr" and not flow.resolver.externals(function, part):
            yield node.text
        elif node.op in ("name", "import"):
            for scope, bound in flow.defaults.definitions(function, part):
                if scope.facts.values[bound].op not in ("name", "import"):
                    yield from _settings(flow, scope, bound)


_NONE: frozenset[str] = frozenset()
