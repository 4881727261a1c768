"""What methods read of their own object, `self.url`, where calls make such objects of what they are given.

A field of `self` is labelled as an entry of the method's first parameter, and each call of the method says what that is
of its receiver. What objects hold that the program makes for itself is told of their class, by all that makes them.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from analyzers.facts import Value
from analyzers.flow.bindings import Bindings
from analyzers.flow.field_calls import constructed
from analyzers.flow.labels import (
    ENTRY,
    FIELD,
    MARK,
    NONE,
    OWN,
    WHOLE,
    Labels,
    entry_of,
    is_own,
    own_label,
    parted,
    with_variant,
)
from analyzers.flow.records import MODELS, fields_of, is_record_class
from analyzers.flow.shapes import Shape
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver
from analyzers.project.targets import argument_of
from analyzers.walks import reached

if TYPE_CHECKING:
    from analyzers.flow.labeling import Labeler
    from analyzers.flow.urls import ShapeReader

SELF = "self"
MAKING = "__init__"
# In front of the name of a constructor's parameter, where it stands for the field of what that was given.
GIVEN = "="
MAX_PARTS = 60
MAX_DEPTH = 4
MAX_ENDS = 8
AWAITED = ("await", "enter")
CHOOSING = frozenset({*AWAITED, "phi", "select", "or", "and", "default"})
PLAIN = frozenset({"param", "str", "none", "number", "bool"})
TRIMMING = frozenset({"strip", "rstrip", "lstrip"})


class OwnFields:
    """Finds the fields of `self` that callers may have a part in; answers are kept by class and name."""

    def __init__(self, labeler: "Labeler") -> None:
        self._labeler = labeler
        self._resolver = labeler.resolver
        self._given: dict[tuple[str, str], bool] = {}

    def of(self, function: Function, node: Value) -> Labels:
        """Return the labels of an attribute of `self` as a field of the method's object, none of any other."""
        method = method_of(function, node.args[0])
        if method is None or method.owner is None or not self._is_given(method.owner, node.text):
            return NONE
        return _field(method, f"{FIELD}{node.text}")

    def of_making(self, function: Function, made: Function, parameter: int) -> Labels:
        """Return the labels of what the constructor of a method's object was given, as a client of it was made with."""
        if made.facts.name != MAKING or made.owner is None or function.owner is not made.owner or not parameter:
            return NONE
        given = self._resolver.arguments(made, parameter)
        if not any(_names_parameter(caller, value) for caller, value in given):
            return NONE
        return _field(function, f"{FIELD}{GIVEN}{made.facts.parameters[parameter].name}")

    def passed(self, caller: Function, call: Value, key: str) -> Labels:
        """Return the labels of a field of the object that a method is called of."""
        callee = caller.facts.values[call.args[0]]
        if callee.op == "attr":
            return self._kept(caller, callee.args[0], key)
        # What a constructor reads of the object that it makes.
        targets = self._resolver.resolve(caller, call.args[0])
        classes = (target.function for target in targets if target.kind == "class")
        return NONE.union(*(self._made(caller, call, cls, key) for cls in classes if cls is not None))

    def read(self, caller: Function, holder: int, labels: Labels) -> Labels:
        """Return the labels of what a property gives, of the object that it is read of."""
        if not any(map(is_own, labels)):
            return labels
        bindings = Bindings(find=lambda _: NONE, entries=lambda _, key: self._kept(caller, holder, key))
        return self._labeler.substitute(labels, bindings)

    def _kept(self, function: Function, holder: int, key: str, depth: int = 0) -> Labels:
        """Return the labels of a field of an object whose making is seen, none of what comes from elsewhere."""
        method, node = method_of(function, holder), function.facts.values[holder]
        if method is not None:
            return _field(method, key)
        if depth > MAX_DEPTH:
            return NONE
        if node.op == "attr":
            return entry_of(self.of(function, node), key)
        if node.op == "param":
            given = self._labeler.labels(function, holder)
            return entry_of(given, key) if all(MARK in label for label in given) else NONE
        if node.op == "call":
            return NONE.union(*self._of_call(function, node, key, depth))
        parts = node.args[node.op == "select" :] if node.op in CHOOSING else ()
        return NONE.union(*(self._kept(function, part, key, depth + 1) for part in parts if part != holder))

    def _of_call(self, function: Function, node: Value, key: str, depth: int) -> Iterator[Labels]:
        """Yield the labels of a field of what a call makes, or has a function make."""
        for target in self._resolver.resolve(function, node.args[0]):
            if target.kind == "class" and target.function is not None:
                yield self._made(function, node, target.function, key)
                return
        for callee, owner in self._resolver.functions(function, node.args[0]):
            ends = [event.value for event in callee.facts.events if event.kind == "return" and event.value >= 0]
            bindings = self._labeler.bind(function, node, callee, owner is not None)
            for end in ends[:MAX_ENDS]:
                yield self._labeler.substitute(self._kept(callee, end, key, depth + 1), bindings)

    def _made(self, function: Function, node: Value, cls: Function, key: str) -> Labels:
        """Return the labels of a field of an object that a call makes; of what it is a part of, as made of that."""
        if key.startswith(f"{FIELD}{GIVEN}"):
            argument = _argument_of(self._resolver.method(cls, MAKING), node, key.removeprefix(f"{FIELD}{GIVEN}"))
            return self._labeler.labels(function, argument)
        found = constructed(self._labeler.fields, function, node, cls, key)
        if WHOLE in found:
            return NONE
        return found if self._is_kept_whole(cls, key) else with_variant(found, "d")

    def _is_kept_whole(self, cls: Function, key: str) -> bool:
        """Tell whether objects keep under a name what their constructor is given, and nothing that is made of it."""
        made, (name, _) = self._resolver.method(cls, MAKING), parted(key)
        stored = self._resolver.attribute(cls, name)
        return not any(scope is made and not _is_whole(scope, value) for scope, value in stored)

    def _is_given(self, cls: Function, name: str) -> bool:
        """Tell whether calls make objects of a class of what they are given, and keep it under a name."""
        key = (cls.id, name)
        known = self._given.get(key)
        if known is None:
            self._given[key] = False
            known = self._is_sent(cls, name) or any(
                _names_parameter(caller, value) for caller, value in self._given_for(cls, name)
            )
            if self._resolver.is_idle:
                self._given[key] = known
            else:
                del self._given[key]
        return known

    def _is_sent(self, cls: Function, name: str) -> bool:
        """Tell whether a name is a field of a model, which servers make of what is sent to them."""
        classes, externals = self._resolver.linearize(cls)
        return not MODELS.isdisjoint(externals) and any(f": {name}" in owner.facts.names for owner in classes)

    def _given_for(self, cls: Function, name: str) -> Iterator[tuple[Function, int]]:
        """Yield what calls of a class give for what its objects keep under a name."""
        resolver = self._resolver
        made = resolver.method(cls, MAKING)
        if made is None:
            if name in fields_of(resolver, cls):
                yield from resolver.constructor_arguments(cls, name)
            return
        stored = (value for scope, value in resolver.attribute(cls, name) if scope is made)
        values = made.facts.values
        for part in {part for value in stored for part in made.made_of(value, most=MAX_PARTS)}:
            if values[part].op == "param" and part > 0:
                yield from resolver.arguments(made, part)


def is_given_object(resolver: Resolver, function: Function, index: int) -> bool:
    """Tell whether a parameter is an object of the program's that no caller sends, as its class is no record."""
    targets = resolver.resolve(function, index)
    return bool(targets) and all(
        target.kind == "instance" and target.function is not None and not is_record_class(resolver, target.function)
        for target in targets
    )


def method_of(function: Function, value: int) -> Function | None:
    """Return the method whose own object a value is: `self`, of the function or of one around it."""
    node = function.facts.values[value]
    if node.text != SELF or node.op not in ("param", "free"):
        return None
    scope: Function | None = function if node.op == "param" else function.parent
    while node.op == "free" and scope is not None and scope.facts.kind != "method":
        scope = scope.parent
    if scope is None or scope.facts.kind != "method" or (node.op == "param" and value > 0):
        return None
    return scope if scope.facts.parameters and scope.facts.parameters[0].name == SELF else None


def own_shapes(reader: "ShapeReader", caller: Function, call: Value, callee: Function) -> Iterator[tuple[str, Shape]]:
    """Yield the shapes of the fields of a receiver that is made in the caller: `Client(f"https://{host}").get(path)`."""
    values = caller.facts.values
    node = values[call.args[0]]
    receiver = node.args[0] if node.op == "attr" else -1
    while receiver >= 0 and values[receiver].op in AWAITED:
        receiver = values[receiver].args[0]
    if receiver >= 0:
        yield from reader.fields(caller, receiver, f"{callee.id}{MARK}{OWN}")


def made_here(labels: Labels, arguments: Mapping[str, Shape]) -> Labels:
    """Return the labels of a field of an object that is made here, without those of what others of its class hold."""
    own = frozenset(label for label in labels if f"{ENTRY}{FIELD}" in label and label[2:] in arguments)
    return own if len(own) == 1 and all(MARK not in label for label in labels - own) else labels


def made_fields(
    reader: "ShapeReader", caller: Function, call: Value, cls: Function | None
) -> Iterator[tuple[str, Shape]]:
    """Yield the shapes of what the constructor of a class keeps of what a call gives it, by name."""
    made = reader.resolver.method(cls, MAKING) if cls is not None else None
    for parameter in made.facts.parameters[1:] if made is not None else ():
        argument = _argument_of(made, call, parameter.name)
        if argument >= 0:
            yield f"{GIVEN}{parameter.name}", reader.shape(caller, argument)
    for event in made.facts.events if made is not None else ():
        if made is not None and event.kind == "store" and event.target == 0 and event.text != "[]":
            yield event.text, reader.substitute(reader.shape(made, event.value), caller, call, made, True)


def _argument_of(made: Function | None, call: Value, name: str) -> int:
    """Return what a call gives a constructor under the name of a parameter, -1 for nothing."""
    names = [parameter.name for parameter in made.facts.parameters] if made is not None else []
    return argument_of(call, name, names.index(name) - 1) if name in names else -1


def _field(method: Function, name: str) -> Labels:
    return entry_of(frozenset({own_label(method)}), name)


def _is_whole(function: Function, value: int) -> bool:
    """Tell whether a value is a parameter or a constant, one of several such or trimmed."""
    values = function.facts.values

    def leads(part: int) -> tuple[int, ...]:
        node = values[part]
        if node.op in CHOOSING:
            return node.args[node.op == "select" :]
        callee = values[node.args[0]] if node.op == "call" else node
        return callee.args[:1] if node.op == "call" and callee.op == "attr" and callee.text in TRIMMING else ()

    # In a loop two choices may each be of the other.
    parts = reached([value], lambda part: [inner for inner in leads(part) if inner >= 0])
    return all(leads(part) or values[part].op in PLAIN for part in parts)


def _names_parameter(caller: Function, value: int) -> bool:
    """Tell whether a value is made of what a function is given, other than its own object."""
    if caller.facts.kind in ("module", "class") or caller.facts.name == MAKING:
        return False
    values = caller.facts.values
    first = 1 if caller.facts.kind == "method" else 0
    return any(values[part].op == "param" and part >= first for part in caller.made_of(value, most=MAX_PARTS))
