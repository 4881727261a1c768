"""The labels of one field of what calls give: objects that are made, changed, copied, or returned by a function."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from analyzers.facts import Value
from analyzers.flow.context_variables import entry_of
from analyzers.flow.labels import FIELD, MARK, NONE, UNKNOWN, Labels, parted
from analyzers.project.context_variables import set_to
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver
from analyzers.project.targets import Site, argument_of

if TYPE_CHECKING:
    from analyzers.flow.fields import FieldReader

# Calls that give their first argument, or what they are a method of, with some fields changed or as a table.
CHANGING = frozenset({"dataclasses.replace", "copy.replace", "attrs.evolve", "attr.evolve", "builtins.dict"})
SAME = frozenset({"copy.copy", "copy.deepcopy", "dataclasses.asdict", "attrs.asdict", "builtins.vars"})
# A table that is written as text and read again has the same fields, unless a hook changes them.
TEXTS = frozenset(
    f"{library}.{way}" for library in ("json", "orjson", "ujson", "simplejson") for way in ("dumps", "loads")
)
HOOKS = frozenset({"object_hook", "object_pairs_hook", "cls", "*", "**"})
READING = "contextvars.ContextVar().get"
CHANGING_METHODS = frozenset({"_replace", "model_copy"})
SAME_METHODS = frozenset({"copy", "_asdict", "model_dump"})


def of_call(reader: "FieldReader", site: Site, name: str) -> Labels:
    """Return the labels of a field of what a call gives."""
    function, _, node = site
    callee = function.facts.values[node.args[0]]
    if callee.op == "attr" and callee.text in CHANGING_METHODS:
        return _changed(reader, function, node, callee.args[0], name)
    if callee.op == "attr" and callee.text in SAME_METHODS:
        return reader.part(function, callee.args[0], name)
    found: Labels = NONE
    for target in reader.resolver.resolve(function, node.args[0]):
        if target.kind == "external":
            found |= _external(reader, function, node, target.name, name)
        elif target.kind == "class" and target.function is not None:
            found |= constructed(reader, function, node, target.function, name)
        elif target.kind in ("function", "bound") and target.function is not None:
            bindings = reader.labeler.bind(function, node, target.function, target.kind == "bound")
            found |= reader.labeler.substitute(_returned(reader, target.function, name), bindings)
        else:
            found |= UNKNOWN
    return found if reader.resolver.resolve(function, node.args[0]) else UNKNOWN


def _external(reader: "FieldReader", function: Function, node: Value, callee: str, name: str) -> Labels:
    if callee == "typing.cast" and len(node.args) > 2:
        return reader.part(function, node.args[2], name)
    if callee == READING:
        return _set(reader, function, node, name)
    if (callee in SAME and len(node.args) == 2) or (callee in TEXTS and _is_plain(node)):
        return reader.part(function, node.args[1], name)
    if callee not in CHANGING:
        return UNKNOWN
    return _changed(reader, function, node, node.args[1] if node.names[:1] == ("",) else -1, name)


def _is_plain(node: Value) -> bool:
    return node.names[:1] == ("",) and HOOKS.isdisjoint(node.names)


def _set(reader: "FieldReader", function: Function, node: Value, name: str) -> Labels:
    """`current.get()`: whatever the program sets the context variable to."""
    variable = function.facts.values[node.args[0]].args[0]
    sites = list(set_to(reader.labeler.resolver.program, function, variable))
    found = NONE.union(
        *[
            entry_of(reader.labeler, caller, value, name.removeprefix(FIELD)) or reader.part(caller, value, name)
            for caller, value in sites
        ]
    )
    return frozenset(label for label in found if MARK not in label) if sites else UNKNOWN


def _changed(reader: "FieldReader", function: Function, node: Value, origin: int, name: str) -> Labels:
    """`replace(origin, name=...)`, `origin.model_copy(update={...})`, `dict(origin, name=...)`."""
    changes = reader.given(function, node, name)
    if parted(name)[0] in node.names:
        return changes
    update = argument_of(node, "update", -1)
    if update >= 0:
        changes |= reader.part(function, update, name)
    return changes | (reader.part(function, origin, name) if origin >= 0 else NONE)


def _returned(reader: "FieldReader", callee: Function, name: str) -> Labels:
    kinds = ("return", "yield")
    events = [event for event in callee.facts.events if event.kind in kinds and event.value >= 0]
    checked = reader.labeler.summaries.checked
    found = [checked(callee, event, reader.part(callee, event.value, name)) for event in events]
    return NONE.union(*found) if events else UNKNOWN


def constructed(reader: "FieldReader", function: Function, node: Value, cls: Function, name: str) -> Labels:
    """Return the labels of a field of the object that a call of a class makes."""
    resolver, (first, _) = reader.resolver, parted(name)
    if resolver.method(cls, first) is not None:
        return UNKNOWN
    if resolver.method(cls, "__init__") is not None:
        return _initialized(reader, function, node, cls, name)
    fields = reader.record(cls)
    if first not in fields or "*" in node.names or _is_set_later(resolver, cls, first):
        return UNKNOWN
    given = argument_of(node, first, fields.index(first))
    if given >= 0:
        return reader.used(function, given, name)
    found = reader.given(function, node, name)
    return found.union(*[reader.labeler.labels(*default) for default in _defaults(resolver.linearize(cls)[0], first)])


def _is_set_later(resolver: Resolver, cls: Function, name: str) -> bool:
    """Tell whether a method sets a field, as `__post_init__` does, out of what others were given."""
    return bool(resolver.set_by_methods(cls, name))


def _defaults(classes: Iterable[Function], name: str) -> Iterator[tuple[Function, int]]:
    for owner in classes:
        if name in owner.facts.names:
            yield from ((owner, value) for value in owner.facts.names[name])
            return


def _initialized(reader: "FieldReader", function: Function, node: Value, cls: Function, name: str) -> Labels:
    """Return a field that a constructor of the program sets."""
    constructor = reader.resolver.method(cls, "__init__")
    found: Labels = NONE
    first, rest = parted(name)
    stores = reader.resolver.attribute(cls, first)
    for scope, value in stores:
        labels = reader.part(scope, value, rest) if rest else reader.labeler.labels(scope, value)
        if scope is constructor:
            bindings = reader.labeler.bind(function, node, constructor, has_receiver=True)
            found |= reader.labeler.substitute(labels, bindings)
        else:
            found |= UNKNOWN if any(MARK in label for label in labels) else labels
    return found if stores else UNKNOWN
