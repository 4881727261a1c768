"""What a function that is made in another one is given beside its arguments: what its maker was called with."""

from collections.abc import Iterator
from typing import NamedTuple

from analyzers.facts import Value
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver
from analyzers.project.targets import Reference

MAKERS = frozenset({"function", "method", "lambda"})


class Making(NamedTuple):
    """The call of a function that made another one in it, and whether it has a receiver."""

    call: Reference
    maker: Function
    receiver: bool


def making(resolver: Resolver, caller: Function, call: Value, callee: Function) -> Making | None:
    """Return the one call that made what a call calls, `sender("DELETE")(url)`, None where none or several did."""
    maker = callee.parent
    if maker is None or maker.facts.kind not in MAKERS or not maker.facts.parameters:
        return None
    found = [
        Making(place, maker, owner is not None)
        for place in _places(resolver, caller, call.args[0])
        if place.node.op == "call"
        for function, owner in resolver.functions(place.function, place.node.args[0])
        if function is maker
    ]
    return found[0] if len(found) == 1 else None


def _places(resolver: Resolver, function: Function, value: int) -> Iterator[Reference]:
    """Yield where a value was made: itself, or what a module or an object keeps under its name."""
    node = function.facts.values[value]
    if node.op == "name":
        module = function.file.module
        yield from (Reference(module, bound) for bound in module.facts.names.get(node.text, ()))
    elif node.op == "import":
        module_name, _, name = node.text.partition("|")
        file = resolver.program.module(module_name, function.file) if name else None
        bound_there = file.module.facts.names.get(name, ()) if file is not None else ()
        yield from (Reference(file.module, bound) for bound in bound_there if file is not None)
    elif node.op == "attr":
        yield from (Reference(*place) for place in resolver.attribute_places(function, value))
    else:
        yield Reference(function, value)
