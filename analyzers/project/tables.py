"""What entries of tables, lists and loops over them refer to."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from analyzers.facts import Value
from analyzers.project.elements import promised
from analyzers.project.items import generators_of, items_of
from analyzers.project.members import member
from analyzers.project.program import Function
from analyzers.project.targets import Found, Site, Target, is_record

if TYPE_CHECKING:
    from analyzers.project.resolve import Resolver


# The names of the module itself.
GLOBALS = "builtins.globals()"


def looked_up(resolver: "Resolver", function: Function, node: Value) -> Found:
    """`TABLE.get(key)`: the entry of a constant key, or any entry."""
    callee = function.facts.values[node.args[0]]
    if callee.op == "attr":
        key = node.args[1] if len(node.args) > 1 else -1
        yield from entries(resolver, function, callee.args[0], key)


def entries(resolver: "Resolver", function: Function, table: int, key: int) -> Found:
    """Yield the entries of a table, those of a constant key only when it is known."""
    for target in resolver.resolve(function, table):
        if target.kind == "external" and target.name == GLOBALS:
            name = resolver.text(function, key)
            yield from resolver.lookup(function.file.module, name) if name is not None else ()
        elif target.kind == "external":
            yield target if is_class_name(target.name) else Target("external", f"{target.name}[]")
    yield from _held(resolver, function, table, resolver.text(function, key))


def _held(resolver: "Resolver", function: Function, table: int, wanted: str | None = None) -> Found:
    """Yield what a table holds under a wanted key, or any; where nothing is seen what it is declared to hold."""
    found = False
    for item in items_of(resolver, function, table):
        if wanted is None or not item.key or item.key == wanted:
            for target in resolver.resolve(item.function, item.value):
                found = True
                yield target
    if not found:
        yield from promised(resolver, function, table)


def written_under(resolver: "Resolver", function: Function, table: int, key: str) -> Iterator[tuple[Function, int]]:
    """Yield what a table in sight holds under a constant key, as (function, value)."""
    for target in resolver.resolve(function, table):
        if target.kind == "display" and target.name == "map" and target.function is not None:
            written = target.function.facts.values[target.value].args
            for name, value in zip(written[::2], written[1::2], strict=False):
                if name >= 0 and resolver.text(target.function, name) == key:
                    yield target.function, value


def of_index(resolver: "Resolver", site: Site) -> Found:
    """Resolve an entry of a table."""
    function, _, node = site
    return entries(resolver, function, node.args[0], node.args[1])


def of_element(resolver: "Resolver", site: Site) -> Found:
    """Resolve an item of what is iterated."""
    function, _, node = site
    view = view_of(function, node.args[0])
    if view is None and generators_of(resolver, function, node.args[0]):
        yield from _held(resolver, function, node.args[0])
    elif view is None:
        yield from entries(resolver, function, node.args[0], -1)
    elif view.text == "values":
        yield from _column(resolver, function, view.args[0], 1)


def of_item(resolver: "Resolver", site: Site) -> Found:
    """A component of an unpacked value: of a display, or of the pairs of `TABLE.items()`."""
    function, _, node = site
    position = int(node.text)
    source = function.facts.values[node.args[0]]
    view = view_of(function, source.args[0]) if source.op == "element" else None
    if view is not None and view.text == "items":
        yield from _column(resolver, function, view.args[0], position)
        return
    for target in resolver.resolve(function, node.args[0]):
        if target.kind == "display" and target.function is not None:
            items = target.function.facts.values[target.value].args
            if position < len(items):
                yield from resolver.resolve(target.function, items[position])
        if target.kind == "instance" and target.function is not None:
            yield from _field(resolver, target.function, position)


def _field(resolver: "Resolver", cls: Function, position: int) -> Found:
    """Resolve the field of a named tuple in a position: what it is made with, or else what it is declared as."""
    fields = [bound.removeprefix(": ") for bound in cls.facts.names if bound.startswith(": ")]
    if position < len(fields) and is_record(cls, ("NamedTuple",)):
        yield from member(resolver, Target("instance", function=cls), fields[position])


def view_of(function: Function, value: int) -> Value | None:
    """Return the method of a call `TABLE.keys()`, `values()` or `items()`, None when the value is no such call."""
    node = function.facts.values[value]
    callee = function.facts.values[node.args[0]] if node.op == "call" else node
    return callee if node.op == "call" and callee.op == "attr" and callee.text in ("values", "items", "keys") else None


def _column(resolver: "Resolver", function: Function, table: int, position: int) -> Found:
    """Yield the keys (0) or the values (1) of a table."""
    if position:
        yield from _held(resolver, function, table)
        return
    for target in resolver.resolve(function, table):
        if target.kind == "display" and target.function is not None:
            for written in target.function.facts.values[target.value].args[::2]:
                yield from resolver.resolve(target.function, written)


def is_class_name(name: str) -> bool:
    """Tell whether a dotted name is called like a class, of which an entry is the class for a type: `Agent[Path]`."""
    last = name.rpartition(".")[2]
    return last.isidentifier() and last[:1].isupper() and not last.isupper()
