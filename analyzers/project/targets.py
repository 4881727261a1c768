"""What values may refer to, and how calls give arguments to parameters."""

from collections.abc import Container, Iterable
from typing import NamedTuple

import msgspec

from analyzers.facts import Value
from analyzers.project.program import File, Function

MAX_TARGETS = 48
# What stands for a name that could not be found.
UNRESOLVED = "?"


class Target(msgspec.Struct, frozen=True):
    """One thing a value may be.

    `kind`: `external` (name), `function`, `class`, `instance`, `bound` (a method with its class), `module` (file),
    `text` (a string constant), `display` (a list, tuple, set or map, as function and value), `comprehension`
    (likewise), `composed` (likewise: a sum of such, or a copy that is filled), `parameter` (an unresolved one:
    function and index).
    """

    kind: str
    name: str = ""
    function: Function | None = None
    owner: Function | None = None
    file: File | None = None
    value: int = -1


class Reference(msgspec.Struct, frozen=True):
    """A value of a function: where something was written."""

    function: Function
    value: int

    @property
    def node(self) -> Value:
        """The value itself."""
        return self.function.facts.values[self.value]


class Site(NamedTuple):
    """A value of a function, with its node at hand."""

    function: Function
    value: int
    node: Value


Found = Iterable[Target]


def generic(function: Function, value: int) -> int:
    """Return the class of a subscripted one, `Server[Context]`, else the value itself."""
    node = function.facts.values[value]
    while node.op == "index":
        value = node.args[0]
        node = function.facts.values[value]
    return value


def argument_of(call: Value, name: str, position: int) -> int:
    """Return the value a call passes for a parameter, by keyword or position, -1 when it passes none."""
    for index, keyword in enumerate(call.names):
        if keyword == name:
            return call.args[index + 1]
    if 0 <= position < len(call.names) and not any(call.names[: position + 1]):
        return call.args[position + 1]
    return -1


def taking(callee: Function, call: Value, values: Container[int], *, has_receiver: bool) -> list[int]:
    """Return the indices of the parameters of a callee for which a call passes one of some values."""
    first = 1 if has_receiver else 0
    parameters = enumerate(callee.facts.parameters)
    return [index for index, given in parameters if argument_of(call, given.name, index - first) in values]


def parameter_of(function: Function, value: int) -> tuple[Function, int] | None:
    """Return the function and index of the parameter that a value is, through closures, else None."""
    node = function.facts.values[value]
    if node.op == "param":
        return (function, value) if value < len(function.facts.parameters) else None
    if node.op != "free":
        return None
    scope = function.parent
    while scope is not None:
        bound = scope.facts.names.get(node.text)
        if bound and scope.facts.kind != "class":
            inner = scope.facts.values[bound[0]]
            return (scope, bound[0]) if inner.op == "param" and bound[0] < len(scope.facts.parameters) else None
        scope = scope.parent
    return None


def is_decorated(function: Function, name: str) -> bool:
    """Tell whether a function carries a decorator of this plain name."""
    parent = function.parent
    return parent is not None and any(
        parent.facts.values[decorator].op == "name" and parent.facts.values[decorator].text == name
        for decorator in function.facts.decorators
    )


def is_record(cls: Function, kinds: tuple[str, ...] = ("dataclass", "NamedTuple")) -> bool:
    """Tell whether a class is a dataclass, or a named tuple: its fields are given in their order."""
    parent = cls.parent
    if parent is None or "__init__" in cls.facts.names:
        return False
    nodes = [parent.facts.values[value] for value in cls.facts.decorators]
    called = [parent.facts.values[node.args[0]] if node.op == "call" else node for node in nodes]
    bases = [parent.facts.values[base] for keyword, base in cls.facts.bases if not keyword]
    names = {node.text.rpartition("|")[2] for node in (*called, *bases)}
    return not names.isdisjoint(kinds)
