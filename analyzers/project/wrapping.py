"""What runs around a function: its decorators, what a registration wraps it in, and its injected dependencies."""

from collections.abc import Iterator

import msgspec

from analyzers.frameworks.mcp import REGISTRATIONS
from analyzers.project.annotations import returned
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver
from analyzers.project.targets import Reference, argument_of

MAX_LAYERS = 8
SETTERS = ("update", "setdefault", "pop", "__setitem__")
INJECTORS = ("Depends", "Security")
DEPENDENCIES = "dependencies"


class Wrapper(msgspec.Struct, frozen=True):
    """A function put around another: where and by what it was made, and its own body.

    `call` is the call that gave `maker` its arguments, -1 for a decorator without any.
    """

    applied: Reference
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


def decorators_inside(function: Function) -> Iterator[Reference]:
    """Yield the decorators below the registration: those that the registered function keeps."""
    parent = function.parent
    if parent is not None:
        for decorator in function.facts.decorators[registration_index(function) + 1 :]:
            yield Reference(parent, decorator)


def decorations(resolver: Resolver, function: Function) -> list[Wrapper]:
    """Return what the decorators below the registration put around a function."""
    return [wrapper for applied in decorators_inside(function) for wrapper in wrappers_of(resolver, applied)]


def is_given_as_called(resolver: Resolver, function: Function) -> bool:
    """Tell whether all that is put around a function is known, and hands on to it what the caller gave as it was."""
    layers = (wrappers_of(resolver, applied) for applied in decorators_inside(function))
    return all(found and all(_hands_on(wrapper.body) for wrapper in found) for found in layers)


def _hands_on(wrapper: Function) -> bool:
    """Tell whether a wrapper only takes all arguments together, and sets none of them."""
    values = wrapper.facts.values
    spread = [node for node in values if node.op == "call" and node.names and set(node.names) & {"*", "**"}]
    taken = {index for index, node in enumerate(values) if node.op == "param"}
    sets = any(
        event.kind == "store" and event.target >= 0 and not taken.isdisjoint(wrapper.made_of(event.target))
        for event in wrapper.facts.events
    )
    touched = any(node.op == "attr" and node.args[0] in taken and node.text in SETTERS for node in values)
    return bool(spread) and not sets and not touched and all(set(node.names) <= {"*", "**"} for node in spread)


def is_wrapper(function: Function) -> bool:
    """Tell whether a function hands all that it is given on to one of the function around it."""
    values = function.facts.values
    calls = (values[event.value] for event in function.calls())
    return any(values[call.args[0]].op == "free" and {"*", "**"} <= set(call.names) for call in calls)


def wrappers_of(resolver: Resolver, applied: Reference) -> list[Wrapper]:
    """Return the wrappers that applying a value as a decorator makes."""
    scope, node = applied.function, applied.node
    found: list[Wrapper] = []
    makers = resolver.functions(scope, node.args[0]) if node.op == "call" else []
    for decorator in _decorators(resolver, applied):
        made_by = next((maker for maker, _ in makers if decorator.parent is maker), None)
        for inner in returned(resolver, decorator):
            if inner.kind == "function" and inner.function is not None and inner.function.parent is decorator:
                call = applied.value if node.op == "call" else -1
                found.append(Wrapper(applied, made_by, call, decorator, inner.function))
    return found


def _decorators(resolver: Resolver, applied: Reference) -> Iterator[Function]:
    """Yield the functions that are given what a value decorates: it, or the `__call__` of an object."""
    for target in resolver.resolve(applied.function, applied.value):
        if target.kind in ("function", "bound") and target.function is not None:
            yield target.function
        elif target.kind == "instance" and target.function is not None:
            method = resolver.method(target.function, "__call__")
            if method is not None:
                yield method


def unwrapped(resolver: Resolver, registered: Reference) -> tuple[Reference, tuple[Reference, ...]]:
    """Return the innermost function of `outer(inner(handler))`, and what was put around it, outermost first."""
    around: list[Reference] = []
    while len(around) < MAX_LAYERS:
        node = registered.node
        if node.op != "call" or len(node.args) < 2 or node.names[0]:
            break
        function = registered.function
        applied = Reference(function, node.args[0])
        if not wrappers_of(resolver, applied) or not resolver.functions(function, node.args[1]):
            break
        around.append(applied)
        registered = Reference(function, node.args[1])
    return registered, tuple(around)


def dependencies(resolver: Resolver, function: Function) -> Iterator[tuple[Reference, Function]]:
    """Yield the functions that `Depends(f)` has the framework call before a function, with where that is written."""
    parent = function.parent
    if parent is None:
        return
    for parameter in function.facts.parameters:
        for value in (parameter.default, *added_to(parent, parameter.annotation)):
            if value >= 0:
                yield from provided_by(resolver, parent, value)
    for decorator in function.facts.decorators:
        if DEPENDENCIES in parent.facts.values[decorator].names:
            yield from listed_dependencies(resolver, Reference(parent, decorator))


def listed_dependencies(resolver: Resolver, call: Reference) -> Iterator[tuple[Reference, Function]]:
    """Yield what a call, as of a route, a router or an application, is given in `dependencies=[Depends(f)]`."""
    listed = argument_of(call.node, DEPENDENCIES, -1) if call.node.op == "call" else -1
    for scope, items in lists_of(resolver, call.function, listed) if listed >= 0 else ():
        for item in items:
            yield from provided_by(resolver, scope, item)


def lists_of(resolver: Resolver, function: Function, value: int) -> Iterator[tuple[Function, tuple[int, ...]]]:
    """Yield the lists that a value may be, with their items, as far as they are written out."""
    for target in resolver.resolve(function, value):
        if target.kind == "display" and target.function is not None:
            yield target.function, target.function.facts.values[target.value].args


def provided_by(resolver: Resolver, function: Function, value: int) -> Iterator[tuple[Reference, Function]]:
    """Yield the functions that a value, `Depends(f)` or `Security(f)`, stands for, with where they are named."""
    node = function.facts.values[value]
    if node.op == "call" and len(node.args) > 1 and _last(resolver.external(function, node.args[0])) in INJECTORS:
        for provider, _ in resolver.functions(function, node.args[1]):
            yield Reference(function, node.args[1]), provider


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def added_to(scope: Function, annotation: int) -> tuple[int, ...]:
    """Return what `Annotated[X, ...]` adds to a type, empty for another type."""
    node = scope.facts.values[annotation] if annotation >= 0 else None
    if node is None or node.op != "index":
        return ()
    outer, inner = (scope.facts.values[part] for part in node.args)
    return inner.args[1:] if outer.text.rpartition("|")[2].endswith("Annotated") and inner.op == "tuple" else ()
