"""The options that a call is given: its keywords, and the entries of tables that it spreads."""

from collections.abc import Iterator

from analyzers.facts import Value
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver
from analyzers.project.spreads import spread_values

PARTIAL = "functools.partial"
Option = tuple[str, Function, int]


def options_of(resolver: Resolver, function: Function, node: Value) -> Iterator[Option]:
    """Yield keywords of a call with their values, of what it spreads too: a table, `dict(verify=False)`, a constant."""
    for keyword, value in zip(node.names, node.args[1:], strict=True):
        if keyword != "**":
            yield keyword, function, value
            continue
        table = function.facts.values[value]
        if table.op == "call" and resolver.external(function, table.args[0]) == "builtins.dict":
            yield from (
                (name, function, given) for name, given in zip(table.names, table.args[1:], strict=True) if name
            )
        for target in resolver.resolve(function, value) if table.op in ("name", "import", "free", "attr") else ():
            if target.kind == "display" and target.function is not None:
                yield from _entries(resolver, target.function, target.value)
    for keyword, given in spread_values(resolver, function, node).items() if "**" in node.names else ():
        yield from ((keyword, function, value) for value in given[-1:])


def called(resolver: Resolver, function: Function, node: Value) -> tuple[str, ...]:
    """Return the external names that a call calls, of `partial(get, verify=False)` those of what it prepares."""
    names = resolver.externals(function, node.args[0])
    return resolver.externals(function, node.args[1]) if PARTIAL in names and len(node.args) > 1 else names


def _entries(resolver: Resolver, function: Function, table: int) -> Iterator[Option]:
    node = function.facts.values[table]
    for key, value in zip(node.args[::2], node.args[1::2], strict=False) if node.op == "map" else ():
        name = resolver.text(function, key) if key >= 0 else None
        if name is not None:
            yield name, function, value
