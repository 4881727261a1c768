"""What stands in tables that are written in sight."""

from collections.abc import Iterator

from analyzers.facts import Value
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver


def entries_of(resolver: Resolver, function: Function, node: Value) -> Iterator[tuple[Function, int]]:
    """Yield what stands under a constant key in the tables that a value may be: `{"host": host}["host"]`."""
    key = resolver.text(function, node.args[1])
    for target in resolver.resolve(function, node.args[0]) if key else ():
        scope = target.function
        display = scope.facts.values[target.value] if scope is not None and target.kind == "display" else None
        if scope is None or display is None or display.op != "map":
            continue
        for name, value in zip(display.args[::2], display.args[1::2], strict=False):
            if name >= 0 and resolver.text(scope, name) == key:
                yield scope, value
