"""What containers of a function were given after they were made: appended, added, stored under a key."""

from collections.abc import Iterator

import msgspec

from analyzers.facts import Event, Value
from analyzers.project.program import Function

ADDING = frozenset({"append", "add", "update", "extend", "insert", "appendleft", "setdefault"})
CONTAINERS = frozenset({"dict", "list", "set", "defaultdict", "OrderedDict", "deque"})
DISPLAYS = frozenset({"list", "set", "map"})
MAX_DEPTH = 6


class Filling(msgspec.Struct, frozen=True):
    """A value that an event put into a container; `key` is what it was stored under, -1 for none."""

    value: int
    event: Event
    key: int = -1


Fillings = dict[int, list[Filling]]


def is_container(function: Function, node: Value) -> bool:
    """Tell whether a value is a container made here: a display or a call of a container type."""
    if node.op == "call":
        return function.facts.values[node.args[0]].text.rpartition("|")[2] in CONTAINERS
    return node.op in DISPLAYS


def fillings_of(function: Function) -> Fillings:
    """Return what was put into each container of a function, by the container's value."""
    found: Fillings = {}
    for event in function.facts.events:
        if event.kind == "call":
            _called(function, event, found)
        elif event.kind == "store" and event.text == "[]":
            place = function.facts.values[event.target]
            for container in _containers(function, place.args[0], 0):
                found.setdefault(container, []).append(Filling(event.value, event, place.args[1]))
    return found


def _called(function: Function, event: Event, found: Fillings) -> None:
    node = function.facts.values[event.value]
    callee = function.facts.values[node.args[0]]
    if callee.op != "attr" or callee.text not in ADDING:
        return
    for container in _containers(function, callee.args[0], 0):
        found.setdefault(container, []).extend(Filling(argument, event) for argument in node.args[1:])


def _containers(function: Function, value: int, depth: int) -> Iterator[int]:
    node = function.facts.values[value]
    if is_container(function, node):
        yield value
    elif node.op == "phi" and depth < MAX_DEPTH:
        for argument in node.args:
            if argument != value:
                yield from _containers(function, argument, depth + 1)
