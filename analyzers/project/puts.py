"""Where a file puts something into a table or list that it has made."""

from collections.abc import Callable, Iterator

import msgspec

from analyzers.facts import Value
from analyzers.project.program import Function

ADDING = ("append", "add", "insert", "extend", "update")
# What puts in the items of another table or list.
SPREADING = ("extend", "update")


class Put(msgspec.Struct, frozen=True):
    """A place that puts a value into a table or list; `key` is -1 where there is none."""

    function: Function
    table: int
    key: int
    value: int
    spread: bool = False


def puts(scope: Function, display: int) -> Iterator[Put]:
    """Yield what the same file puts into what a scope makes: where it is made, by its name, or as an attribute."""
    for function, is_table in holders(scope, display):
        yield from into(function, is_table)


def holders(scope: Function, made: int) -> Iterator[tuple[Function, Callable[[Value], bool]]]:
    """Yield the functions of a file that have what a scope makes in hand, with what tells which values are that."""
    names = {name for name, values in scope.facts.names.items() if made in values}
    kind = scope.facts.kind
    if kind != "class":
        values = scope.facts.values
        same = {made, *(index for index, node in enumerate(values) if node.op == "phi" and made in node.args)}
        yield scope, lambda node: any(values[index] is node for index in same)
    if kind == "module":
        for function in scope.file.functions if names else ():
            yield function, lambda node: node.op == "name" and node.text in names
        return
    for function in scope.file.functions if names and kind != "class" else ():
        if function is not scope and _is_within(function, scope):
            yield function, lambda node: node.op == "free" and node.text in names
    attributes = names if kind == "class" else _attributes_of(scope, made)
    owner = scope if kind == "class" else scope.owner
    if attributes and owner is not None:
        for function in scope.file.functions:
            if _is_within(function, owner):
                yield function, _is_attribute(function, owner, attributes)


def _is_attribute(function: Function, owner: Function, names: set[str]) -> Callable[[Value], bool]:
    """Return what tells whether a value is one of some attributes of the class, or of the instance in hand."""
    values = function.facts.values

    def is_own(node: Value) -> bool:
        if node.op != "attr" or node.text not in names:
            return False
        base = values[node.args[0]]
        return base.text in ("self", "cls", owner.facts.name) or (base.op == "param" and node.args[0] == 0)

    return is_own


def is_import(name: str) -> Callable[[Value], bool]:
    """Return what tells which values are imported under a name."""
    return lambda node: node.op == "import" and node.text.endswith(f"|{name}")


def into(function: Function, is_table: Callable[[Value], bool]) -> Iterator[Put]:
    """Yield what a function puts into some tables and lists."""
    values = function.facts.values
    for event in function.facts.events:
        node = values[event.value] if event.value >= 0 else None
        if event.kind == "store" and event.text == "[]":
            table, key = values[event.target].args
            if is_table(values[table]):
                yield Put(function, table, key, event.value)
        elif event.kind == "call" and node is not None and len(node.args) > 1:
            callee = values[node.args[0]]
            if callee.op == "attr" and callee.text in ADDING and is_table(values[callee.args[0]]):
                yield Put(function, callee.args[0], -1, node.args[-1], callee.text in SPREADING)


def _attributes_of(scope: Function, display: int) -> set[str]:
    """Return the attributes of its own instance that a method keeps a value in."""
    stores = (event for event in scope.facts.events if event.kind == "store")
    return {event.text for event in stores if event.target == 0 and event.value == display}


def _is_within(function: Function, owner: Function) -> bool:
    """Tell whether a function is a method of a class, or stands within one."""
    scope: Function | None = function
    while scope is not None and scope is not owner:
        scope = scope.parent
    return scope is owner
