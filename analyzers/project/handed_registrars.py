"""A server's own way to register that is handed to functions, `register_all(mcp.add_tool)`, and what they give it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from analyzers.facts import Value
from analyzers.frameworks.mcp import Framework
from analyzers.project.declarations import Registration, applied, declare, keywords_of, register
from analyzers.project.program import Function
from analyzers.project.servers import Server
from analyzers.project.targets import Reference, argument_of, parameter_of, taking

if TYPE_CHECKING:
    from analyzers.project.surface import Surface

# Ways of servers to register a tool that may be handed on.
HANDED = ("add_tool", "tool")
MAX_STEPS = 200


class Given(NamedTuple):
    """A parameter of a function that registers whatever it is called with; of itself, where `parameter` is -1.

    `position` is then the parameter that a function hands to a registration.
    """

    function: Function
    parameter: int
    position: int = 0


def find_handed(surface: "Surface") -> None:
    """Add the tools of functions that are given a server's own way to register."""
    for server, given in [*_handed(surface), *_in_lambdas(surface)]:
        waiting, seen = [given], set[tuple[str, int, int]]()
        while waiting and len(seen) < MAX_STEPS:
            current = waiting.pop(0)
            key = (current.function.id, current.parameter, current.position)
            if key not in seen:
                seen.add(key)
                waiting.extend(_follow(surface, server, current))


def _handed(surface: "Surface") -> Iterator[tuple[Server, Given]]:
    """Yield the servers whose way to register is an argument of a call, with the parameter that it becomes."""
    for function in surface.program.functions():
        values = function.facts.values
        for event in function.calls():
            node = values[event.value]
            for argument in node.args[1:]:
                if values[argument].op != "attr" or values[argument].text not in HANDED:
                    continue
                for server in surface.receivers(function, values[argument].args[0], sure=False):
                    if server.framework is not Framework.LOW_LEVEL:
                        yield from ((server, given) for given in _taking(surface, function, node, argument))


def _in_lambdas(surface: "Surface") -> Iterator[tuple[Server, Given]]:
    """Yield the servers on which a lambda registers what it is given."""
    for name in HANDED:
        for function, value in surface.program.call_sites(name):
            node = function.facts.values[value]
            callee = function.facts.values[node.args[0]]
            if function.facts.kind != "lambda" or callee.op != "attr":
                continue
            passed = _parameter(function, value)
            for server in surface.receivers(function, callee.args[0], sure=False) if passed >= 0 else ():
                if server.framework is not Framework.LOW_LEVEL:
                    yield server, Given(function, -1, passed)


def _parameter(function: Function, value: int) -> int:
    """Return the parameter of a function that a registration is given, -1 for anything else."""
    outer = applied(function, value)
    node = function.facts.values[outer if outer >= 0 else value]
    first = node.args[1] if outer >= 0 else argument_of(node, "fn", 0)
    found = parameter_of(function, first) if first >= 0 else None
    return found[1] if found is not None and found[0] is function else -1


def _taking(surface: "Surface", function: Function, node: Value, argument: int) -> Iterator[Given]:
    """Yield the parameters that an argument of a call becomes; of a method that is not found, those of its name."""
    found = surface.resolver.functions(function, node.args[0])
    callees = [(callee, owner is not None) for callee, owner in found]
    if not callees:
        callees = [(callee, False) for callee in _namesakes(surface, function, node)]
    for callee, bound in callees:
        yield from (Given(callee, index) for index in taking(callee, node, (argument,), has_receiver=bound))


def _namesakes(surface: "Surface", function: Function, node: Value) -> Iterator[Function]:
    """Yield the functions of modules that `module.register(...)` may be, where the module is one of several."""
    callee = function.facts.values[node.args[0]]
    root = surface.program.package_root(function.file.path)
    for file in surface.program.sources if callee.op == "attr" else ():
        if surface.program.package_root(file.path) == root and callee.text in file.module.facts.names:
            yield from (
                other for other in file.functions if other.facts.name == callee.text and other.parent is file.module
            )


def _follow(surface: "Surface", server: Server, given: Given) -> Iterator[Given]:
    """Add what is registered by what was handed over, and yield what it is handed on to."""
    if given.parameter < 0:
        yield from _uses(surface, server, given)
        return
    for scope in given.function.file.functions:
        if _is_within(scope, given.function):
            yield from _in_scope(surface, server, scope, given)


def _in_scope(surface: "Surface", server: Server, scope: Function, given: Given) -> Iterator[Given]:
    values = scope.facts.values
    for event in scope.calls():
        node = values[event.value]
        if _is(scope, node.args[0], given):
            yield from _called(surface, server, scope, event.value)
        for argument in node.args[1:]:
            if _is(scope, argument, given):
                yield from _taking(surface, scope, node, argument)
    for inner in scope.file.functions:
        for decorator in inner.facts.decorators if inner.parent is scope else ():
            applied_by = values[decorator].args[0] if values[decorator].op == "call" else decorator
            if _is(scope, applied_by, given):
                declare(surface, server, inner, Reference(scope, decorator), "tool")


def _is(function: Function, value: int, given: Given) -> bool:
    return function.facts.values[value].op in ("param", "free") and parameter_of(function, value) == (
        given.function,
        given.parameter,
    )


def _called(surface: "Surface", server: Server, scope: Function, value: int) -> Iterator[Given]:
    """Register what a call is given; what its own function was given is registered by the calls of that."""
    node = scope.facts.values[value]
    outer = applied(scope, value)
    first = scope.facts.values[outer].args[1] if outer >= 0 else argument_of(node, "fn", 0)
    if first < 0:
        return
    passed = parameter_of(scope, first)
    if passed is not None and not surface.resolver.functions(scope, first):
        yield Given(passed[0], -1, passed[1])
    else:
        register(surface, server, Registration(Reference(scope, first), value, "tool", keywords_of(node)))


def _uses(surface: "Surface", server: Server, given: Given) -> Iterator[Given]:
    """Register what the calls of a function give it, and yield the parameters that it is itself handed on as."""
    name, parameter = given.function.facts.name, given.function.facts.parameters[given.position].name
    if given.function.facts.kind == "lambda" and given.function.parent is not None:
        _decorate(surface, server, given.function.parent, given.function)
    for function in surface.program.functions():
        values = function.facts.values
        for event in function.calls():
            node = values[event.value]
            for argument in node.args:
                if _name(function, values[argument]) != name or not _means(surface, function, argument, given):
                    continue
                if argument == node.args[0]:
                    first = argument_of(node, parameter, given.position)
                    if first >= 0:
                        given_to = Registration(Reference(function, first), event.value, "tool", keywords_of(node))
                        register(surface, server, given_to)
                else:
                    yield from _taking(surface, function, node, argument)


def _decorate(surface: "Surface", server: Server, scope: Function, registering: Function) -> None:
    """Add what is decorated with what something outside of the program made of a lambda that registers."""
    values, index = scope.facts.values, str(registering.index)
    given = {value for value, node in enumerate(values) if node.op == "function" and node.text == index}
    makers = [event.value for event in scope.calls() if not given.isdisjoint(values[event.value].args[1:])]
    outside = {maker for maker in makers if surface.resolver.external(scope, values[maker].args[0])}
    names = {name for name, bound in scope.facts.names.items() if not outside.isdisjoint(bound)}
    found = [item for item in surface.decorations() if outside and _is_made(item[1], scope, outside, names)]
    for function, declared in found:
        declare(surface, server, function, declared, "tool")
    if found:
        # The lambda itself is no tool.
        surface.entries = [entry for entry in surface.entries if entry.declared.function is not registering]


def _is_made(applied_by: Reference, scope: Function, makers: set[int], names: set[str]) -> bool:
    """Tell whether a decorator is what one of some calls made, or what that makes in turn: `@structured(READ)`."""
    node = applied_by.node
    value = node.args[0] if node.op == "call" else applied_by.value
    if applied_by.function is scope and value in makers:
        return True
    callee = applied_by.function.facts.values[value]
    return callee.op == "name" and applied_by.function.file is scope.file and callee.text in names


def _name(function: Function, node: Value) -> str:
    if node.op == "function":
        return function.file.facts.functions[int(node.text)].name
    return node.text.rpartition("|")[2] if node.op in ("name", "free", "import", "attr") else ""


def _means(surface: "Surface", function: Function, value: int, given: Given) -> bool:
    return any(called is given.function for called, _ in surface.resolver.functions(function, value))


def _is_within(function: Function, outer: Function) -> bool:
    scope: Function | None = function
    while scope is not None and scope is not outer:
        scope = scope.parent
    return scope is outer
