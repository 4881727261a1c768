"""What tables and lists hold: as they are written, put together, copied, and filled afterwards."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from analyzers.project.program import Function
from analyzers.project.registries import Entry, definition_of, own_text
from analyzers.project.targets import Reference, Target

if TYPE_CHECKING:
    from analyzers.project.resolve import Resolver

# Tables that one may be put together of; a table that comes up again adds nothing.
MAX_TABLES = 200
TABLES = ("display", "comprehension", "composed")
Seen = set[tuple[str, int]]


def items_of(resolver: "Resolver", function: Function, table: int) -> Iterator[Entry]:
    """Yield what a table or list holds; keys that are not constant are ""."""
    return _held(resolver, function, table, set())


def _held(resolver: "Resolver", function: Function, table: int, seen: Seen) -> Iterator[Entry]:
    yield from _derived(resolver, function, table)
    yield from _generated(resolver, function, table, seen)
    for target in resolver.resolve(function, table):
        if target.function is None or target.kind not in TABLES or len(seen) >= MAX_TABLES:
            continue
        place = (target.function.id, target.value)
        if place in seen:
            continue
        seen.add(place)
        if target.kind == "display":
            yield from _written(resolver, target.function, target.value, seen)
        elif target.kind == "comprehension":
            yield from _comprehended(resolver, target, seen)
        else:
            node = target.function.facts.values[target.value]
            for part in node.args if node.op == "binary" else ():
                yield from _held(resolver, target.function, part, seen)
        if target.kind != "comprehension":
            yield from _filled(resolver, target, seen)


def generators_of(resolver: "Resolver", function: Function, table: int) -> list[Function]:
    """Return the program's generators that a value is a call of, none where it may be anything else."""
    node = function.facts.values[table]
    called = [callee for callee, _ in resolver.functions(function, node.args[0])] if node.op == "call" else []
    return called if all(callee.facts.is_generator and not callee.facts.decorators for callee in called) else []


def _generated(resolver: "Resolver", function: Function, table: int, seen: Seen) -> Iterator[Entry]:
    """Yield what a generator of the program gives."""
    for callee in generators_of(resolver, function, table):
        given = (callee.id, -1)
        events = callee.facts.events if given not in seen and len(seen) < MAX_TABLES else ()
        seen.add(given)
        for event in events:
            if event.kind == "yield" and event.text == "from":
                yield from _held(resolver, callee, event.value, seen)
            elif event.kind == "yield" and event.value >= 0:
                yield Entry("", callee, event.value)


def _derived(resolver: "Resolver", function: Function, table: int) -> Iterator[Entry]:
    """Yield the classes of `Base.__subclasses__()`."""
    node = function.facts.values[table]
    callee = function.facts.values[node.args[0]] if node.op == "call" else node
    if node.op != "call" or callee.op != "attr" or callee.text != "__subclasses__":
        return
    for target in resolver.resolve(function, callee.args[0]):
        for cls in resolver.hierarchy.below(target.function) if target.kind == "class" and target.function else ():
            if cls.parent is not None:
                yield Entry("", cls.parent, definition_of(cls))


def _written(resolver: "Resolver", function: Function, display: int, seen: Seen) -> Iterator[Entry]:
    node = function.facts.values[display]
    pairs = (
        zip(node.args[::2], node.args[1::2], strict=True) if node.op == "map" else ((-1, item) for item in node.args)
    )
    for key, value in pairs:
        if (node.op == "map" and key < 0) or function.facts.values[value].op == "spread":
            yield from _held(resolver, function, value, seen)
        else:
            yield Entry((resolver.text(function, key) or "") if key >= 0 else "", function, value)


def _filled(resolver: "Resolver", target: Target, seen: Seen) -> Iterator[Entry]:
    for entry in resolver.registries.of(target.function, target.value) if target.function is not None else ():
        if entry.spread:
            yield from _held(resolver, entry.function, entry.value, seen)
        else:
            yield entry


def _comprehended(resolver: "Resolver", target: Target, seen: Seen) -> Iterator[Entry]:
    """The element of a comprehension; one that only filters holds the items of what it goes through."""
    scope = target.function
    if scope is None:
        return
    made = scope.facts.values[target.value]
    value = made.args[1 if target.name == "dict" else 0]
    node = scope.facts.values[value]
    if node.op != "element":
        yield Entry("", scope, value)
        return
    for item in _held(resolver, scope, node.args[0], seen):
        yield item if target.name != "dict" else item._replace(key=_key_of(resolver, scope, made.args[0], value, item))


def _key_of(resolver: "Resolver", scope: Function, key: int, element: int, item: Entry) -> str:
    """Return the key of an item in `{tool.name: tool for tool in TOOLS}`, "" where it is not seen."""
    node = scope.facts.values[key]
    if node.op != "attr" or node.args[0] != element:
        return ""
    made = [target.function for target in resolver.resolve(item.function, item.value) if target.kind == "instance"]
    return own_text(resolver, made[0], node.text) if len(made) == 1 and made[0] is not None else ""


def is_table(resolver: "Resolver", reference: Reference) -> bool:
    """Tell whether a value is known to be a table or list of the program."""
    return any(target.kind in TABLES for target in resolver.resolve(reference.function, reference.value))
