"""Functions of a module that a loop finds: `for name, run in inspect.getmembers(tools, inspect.isfunction)`.

Also `getattr(tools, name)` for each name of a list or of `dir(tools)`, and `vars(tools).items()`.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from analyzers.facts import Event, Value
from analyzers.project.items import items_of
from analyzers.project.program import File, Function
from analyzers.project.registries import Entry
from analyzers.project.tables import view_of
from analyzers.project.targets import Reference

if TYPE_CHECKING:
    from analyzers.project.resolve import Resolver

LISTED = "inspect.getmembers"
ATTRIBUTE = "builtins.getattr"
NAMES = "builtins.dir"
TABLE = "builtins.vars"
PRIVATE = "_"


class Listing(NamedTuple):
    """The value that is a member of some modules, and the one that is its name.

    The name is chosen where a list says which members are taken; of one from outside the program nothing is known.
    """

    member: int
    modules: tuple[File, ...]
    name: int = -1
    is_chosen: bool = False


def is_item(resolver: "Resolver", function: Function, value: int) -> bool:
    """Tell whether a value is what a loop takes out of a table, a list or a module."""
    is_element = function.facts.values[value].op in ("element", "item")
    return is_element or listing_of(resolver, Reference(function, value)) is not None


def listing_of(resolver: "Resolver", registered: Reference) -> Listing | None:
    """Return what a value takes out of modules, itself or what is put around it, None where it takes nothing."""
    function = registered.function
    waiting, seen = [registered.value], set[int]()
    while waiting:
        value = waiting.pop()
        if value < 0 or value in seen:
            continue
        seen.add(value)
        node = function.facts.values[value]
        found = _taken(resolver, function, value, node)
        if found is not None and found.modules:
            return found
        if node.op in ("phi", "select"):
            waiting.extend(reversed(node.args[1 if node.op == "select" else 0 :]))
        elif node.op == "call":
            waiting.extend(node.args[1:2])
    return None


def members(resolver: "Resolver", registered: Reference, listing: Listing) -> Iterator[Entry]:
    """Yield the functions that the modules define and that are registered: without private ones, unless named."""
    function = registered.function
    named = frozenset(_texts(resolver, function, listing.name)) if listing.is_chosen else frozenset()
    bounds = [
        (step.kind == "true", *bound) for step in _before(registered) for bound in _bounds(function, step, listing)
    ]
    allowed = [(frozenset(_listed(resolver, function, table)), is_true is is_in) for is_true, is_in, table in bounds]
    for file in listing.modules:
        for name, values in file.module.facts.names.items():
            is_meant = name in named if listing.is_chosen else not name.startswith(PRIVATE)
            if is_meant and all((name in names) is is_among for names, is_among in allowed if names):
                last = file.module.facts.values[values[-1]]
                if last.op == "function":
                    yield Entry(name, file.module, values[-1])


def _before(registered: Reference) -> Iterator[Event]:
    """Yield what is certain to have happened before a value is registered."""
    function = registered.function
    calls = (call for call in function.calls() if registered.value in function.facts.values[call.value].args[1:])
    call = next(calls, None)
    return function.chain(call.dominator) if call is not None else iter(())


def _bounds(function: Function, step: Event, listing: Listing) -> Iterator[tuple[bool, int]]:
    """Yield whether a condition asks that the name is in a list, or is not, with the list."""
    node = function.facts.values[step.value] if step.kind in ("true", "false") else None
    if node is not None and node.op == "compare" and node.text in ("in", "not-in") and node.args[0] == listing.name:
        yield node.text == "in", node.args[1]


def _taken(resolver: "Resolver", function: Function, value: int, node: Value) -> Listing | None:
    """Return what one value takes out of modules."""
    values = function.facts.values
    if node.op == "call" and len(node.args) > 2 and resolver.external(function, node.args[0]) == ATTRIBUTE:
        is_known = resolver.text(function, node.args[2]) is not None
        found = _modules(resolver, function, node.args[1]) if not is_known else ()
        return Listing(value, found, node.args[2], is_chosen=not _is_listed(resolver, function, node.args[2]))
    pair = values[node.args[0]] if node.op == "item" and node.text == "1" else node
    if pair.op != "element":
        return None
    name = _key_beside(function, node) if node.op == "item" else -1
    view = view_of(function, pair.args[0])
    if view is not None:
        is_taken = view.text == ("items" if node.op == "item" else "values")
        return Listing(value, _tabled(resolver, function, view.args[0]), name) if is_taken else None
    call = values[pair.args[0]]
    is_listed = node.op == "item" and call.op == "call" and len(call.args) > 1
    if is_listed and resolver.external(function, call.args[0]) == LISTED:
        return Listing(value, _modules(resolver, function, call.args[1]), name)
    return None


def _is_listed(resolver: "Resolver", function: Function, name: int) -> bool:
    """Tell whether a name is one of all that a module has: of `dir(tools)`."""
    values = function.facts.values
    call = values[values[name].args[0]] if values[name].op == "element" else values[name]
    return call.op == "call" and len(call.args) > 1 and resolver.external(function, call.args[0]) == NAMES


def _key_beside(function: Function, node: Value) -> int:
    """Return the first of a pair whose second is given, -1 where it is not taken."""
    for value, other in enumerate(function.facts.values):
        if other.op == "item" and other.text == "0" and other.args == node.args:
            return value
    return -1


def _tabled(resolver: "Resolver", function: Function, table: int) -> tuple[File, ...]:
    """Return the modules whose names a table has: `vars(tools)`, `tools.__dict__`."""
    node = function.facts.values[table]
    if node.op == "attr" and node.text == "__dict__":
        return _modules(resolver, function, node.args[0])
    is_table = node.op == "call" and len(node.args) > 1 and resolver.external(function, node.args[0]) == TABLE
    return _modules(resolver, function, node.args[1]) if is_table else ()


def _modules(resolver: "Resolver", function: Function, value: int) -> tuple[File, ...]:
    targets = resolver.resolve(function, value)
    return tuple(target.file for target in targets if target.kind == "module" and target.file is not None)


def _texts(resolver: "Resolver", function: Function, name: int) -> Iterator[str]:
    """Yield the names that a loop goes through, none where these are not written in the program."""
    node = function.facts.values[name]
    return _listed(resolver, function, node.args[0]) if node.op == "element" else iter(())


def _listed(resolver: "Resolver", function: Function, table: int) -> Iterator[str]:
    """Yield the texts of a list."""
    for entry in items_of(resolver, function, table):
        text = resolver.text(entry.function, entry.value)
        if text is not None:
            yield text
