"""Decorators: what they put around a function, and what then holds whenever it runs."""

from typing import TYPE_CHECKING, NamedTuple

from analyzers.flow.guards import Guard, Place, let_through
from analyzers.frameworks.identity import is_guard_name
from analyzers.frameworks.mcp import REGISTRATIONS
from analyzers.project.annotations import returned
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver

if TYPE_CHECKING:
    from analyzers.flow.summaries import Flow


class Wrapper(NamedTuple):
    """A function put around another: what it was made by, the call that gave it its arguments, and its own body."""

    scope: Function
    maker: Function | None
    call: int
    decorator: Function
    body: Function


def registration_index(function: Function) -> int:
    """Return the position of the lowest decorator that registers the function with a server, -1 for none."""
    parent = function.parent
    if parent is None:
        return -1
    values = parent.facts.values
    found = -1
    for position, decorator in enumerate(function.facts.decorators):
        node = values[decorator]
        callee = values[node.args[0]] if node.op == "call" else node
        if callee.op == "attr" and callee.text in REGISTRATIONS:
            found = position
    return found


def wrappers(resolver: Resolver, function: Function) -> list[Function]:
    """Return the bodies that the function's decorators put around it."""
    return [wrapper.body for wrapper in decorations(resolver, function)]


def decorations(resolver: Resolver, function: Function) -> list[Wrapper]:
    """Return what the decorators below the registration put around a function."""
    parent = function.parent
    if parent is None:
        return []
    found: list[Wrapper] = []
    for decorator in function.facts.decorators[registration_index(function) + 1 :]:
        found.extend(wrappers_of(resolver, parent, decorator))
    return found


def wrappers_of(resolver: Resolver, scope: Function, decorator: int) -> list[Wrapper]:
    """Return the wrappers that applying a value as a decorator makes."""
    node = scope.facts.values[decorator]
    found: list[Wrapper] = []
    makers = resolver.functions(scope, node.args[0]) if node.op == "call" else []
    for target in resolver.resolve(scope, decorator):
        if target.kind not in ("function", "bound") or target.function is None:
            continue
        made_by = next((maker for maker, _ in makers if target.function.parent is maker), None)
        for inner in returned(resolver, target.function):
            if inner.kind == "function" and inner.function is not None and inner.function.parent is target.function:
                call = decorator if node.op == "call" else -1
                found.append(Wrapper(scope, made_by, call, target.function, inner.function))
    return found


def wrapping_guards(flow: "Flow", function: Function) -> dict[Guard, Place]:
    """Return what holds whenever a decorated function runs, thanks to its decorators."""
    found: dict[Guard, Place] = {}
    for wrapper in decorations(flow.resolver, function):
        found.update(wrapper_guards(flow, wrapper))
    found.update(_unresolved_decorators(flow, function))
    return found


def wrapper_guards(flow: "Flow", wrapper: Wrapper) -> dict[Guard, Place]:
    """Return what holds at every call that a wrapper makes of the function it was put around."""
    calls = [
        dict(handed.guards) for handed in flow.summary(wrapper.body).passed if handed.function == wrapper.decorator.id
    ]
    guards = let_through(calls)
    if wrapper.maker is None:
        return guards
    node = wrapper.scope.facts.values[wrapper.call]
    return flow.guards.substitute(guards, flow.guards.bind(wrapper.scope, node, wrapper.maker, False))


def _unresolved_decorators(flow: "Flow", function: Function) -> dict[Guard, Place]:
    """A decorator from outside the program that is named like a guard counts by its name."""
    parent = function.parent
    if parent is None:
        return {}
    found: dict[Guard, Place] = {}
    for decorator in function.facts.decorators[registration_index(function) + 1 :]:
        node = parent.facts.values[decorator]
        callee = node.args[0] if node.op == "call" else decorator
        name = parent.facts.values[callee].text.rpartition("|")[2]
        targets = flow.resolver.resolve(parent, callee)
        if is_guard_name(name) and all(target.kind == "external" for target in targets):
            found[Guard("named", "", frozenset(), name)] = flow.guards.place(parent, node.start)
    return found
