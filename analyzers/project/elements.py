"""What entries of tables and lists are by the annotation of these: `SESSIONS: dict[str, Session] = {}`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from analyzers.project.annotations import WRAPPERS, annotated
from analyzers.project.members import annotations_of
from analyzers.project.program import Function
from analyzers.project.targets import Found, Target

if TYPE_CHECKING:
    from analyzers.project.resolve import Resolver

# Types with a key before the entry, and those with nothing before it.
TABLES = frozenset(
    {
        *("dict", "Dict", "defaultdict", "DefaultDict", "OrderedDict", "Mapping", "MutableMapping", "TTLCache"),
        *("LRUCache", "Cache", "WeakValueDictionary"),
    }
)
LISTS = frozenset(
    {
        *("list", "List", "set", "Set", "frozenset", "FrozenSet", "deque", "Deque", "tuple", "Tuple", "Sequence"),
        *("MutableSequence", "Iterable", "Iterator", "Collection", "AsyncIterator", "AsyncIterable"),
    }
)
CHOICES = ("or", "default", "select", "phi")


def promised(resolver: "Resolver", function: Function, table: int) -> Found:
    """Yield what the entries of a table or list are declared as."""
    for scope, annotation in _declarations(resolver, function, table):
        for element in _elements(scope, annotation):
            yield from annotated(resolver, scope, element)


def is_declared_table(resolver: "Resolver", function: Function, value: int) -> bool:
    """Tell whether a value is declared as a table wherever it is declared: `servers: dict[str, Server]`."""
    found = [_is_table(scope, annotation) for scope, annotation in _declarations(resolver, function, value)]
    return bool(found) and all(found)


def _is_table(scope: Function, annotation: int) -> bool:
    """Tell whether an annotation names a type of tables, which may be left out: `dict[str, X] | None`."""
    node = scope.facts.values[annotation] if annotation >= 0 else None
    if node is None:
        return False
    if node.op == "binary" and node.text == "|":
        parts = [part for part in node.args if scope.facts.values[part].op != "none"]
        return bool(parts) and all(_is_table(scope, part) for part in parts)
    outer = scope.facts.values[node.args[0]] if node.op == "index" else node
    name = outer.text.rpartition("|")[2]
    return _is_table(scope, node.args[1]) if node.op == "index" and name == "Optional" else name in TABLES


def _declarations(resolver: "Resolver", function: Function, value: int) -> Iterator[tuple[Function, int]]:
    """Yield the annotations of a variable, a parameter or an attribute, each with the function that it stands in."""
    node = function.facts.values[value]
    if node.op == "param" and function.parent is not None and value < len(function.facts.parameters):
        yield function.parent, function.facts.parameters[value].annotation
    elif node.op == "attr":
        for target in resolver.resolve(function, node.args[0]):
            yield from _of_member(resolver, target, node.text)
    elif node.op == "import":
        module, _, name = node.text.partition("|")
        file = resolver.program.module(module, function.file)
        yield from _named(file.module, name) if file is not None and name else ()
    elif node.op in ("name", "free"):
        scope: Function | None = function
        while scope is not None and node.text not in scope.facts.names:
            scope = scope.parent
        yield from _named(scope, node.text) if scope is not None else ()
    else:
        for name, values in function.facts.names.items():
            yield from _named(function, name) if value in values else ()


def _of_member(resolver: "Resolver", target: Target, name: str) -> Iterator[tuple[Function, int]]:
    if target.kind == "module" and target.file is not None:
        yield from _named(target.file.module, name)
    elif target.kind in ("class", "instance") and target.function is not None:
        owners = resolver.linearize(target.function)[0]
        declared = [annotation for owner in owners for annotation in annotations_of(owner, name)]
        yield from declared or _of_given(resolver, target.function, name)


def _of_given(resolver: "Resolver", cls: Function, name: str) -> Iterator[tuple[Function, int]]:
    """Yield the annotations of the parameters that an attribute is set to: `self.pool = pool`, `pool or {}`."""
    for scope, value in resolver.attribute(cls, name):
        node = scope.facts.values[value]
        for part in node.args if node.op in CHOICES else (value,):
            if scope.facts.values[part].op == "param":
                yield from _declarations(resolver, scope, part)


def _named(scope: Function, name: str) -> Iterator[tuple[Function, int]]:
    return ((scope, value) for value in scope.facts.names.get(f": {name}", ()))


def _elements(scope: Function, annotation: int) -> Iterator[int]:
    """Yield the type of the entries in `dict[str, X]`, `list[X]`, `list[X] | None`."""
    node = scope.facts.values[annotation] if annotation >= 0 else None
    if node is None or node.op not in ("index", "binary"):
        return
    if node.op == "binary":
        for part in node.args if node.text == "|" else ():
            yield from _elements(scope, part)
        return
    outer, inner = scope.facts.values[node.args[0]].text.rpartition("|")[2], scope.facts.values[node.args[1]]
    parts = inner.args if inner.op == "tuple" else (node.args[1],)
    if outer in TABLES and len(parts) == 2:
        yield parts[1]
    elif outer in LISTS:
        yield parts[0]
    elif outer in WRAPPERS:
        for part in parts if outer == "Union" else parts[:1]:
            yield from _elements(scope, part)
