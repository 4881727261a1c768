"""Which values an unpacked component may be: of a display, or of the displays that functions return."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from analyzers.facts import Event, Value
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver

MAX_RETURNS = 8
MAX_ROWS = 32
MAX_DEPTH = 4
MAX_PARTS = 64
# What gives the rows of a list again.
COPIES = ("list", "tuple", "sorted", "reversed", "iter")
WALKING = ("os", "walk")
# Methods by which a list gets more rows in a way that is not followed.
UNSEEN = ("insert", "appendleft", "extendleft")
# What is written and cannot be unpacked, or is not meant to be.
WHOLE = frozenset({"map", "none", "bool", "number", "str", "template"})


class Part(msgspec.Struct, frozen=True):
    """A component as a value of the function that makes it.

    `call` is where that was called and `event` its `return`, both None for a display. What that function has from
    another one is `inner`, and `value` none of its own.
    """

    callee: Function
    value: int
    call: Value | None = None
    receiver: bool = False
    event: Event | None = None
    inner: "Part | None" = None


class Place(NamedTuple):
    """A position in each row of a list."""

    function: Function
    rows: int
    position: int


def component(resolver: Resolver, function: Function, node: Value) -> list[Part] | None:
    """Return what the component `node.text` of an unpacked value may be, None where that is not seen."""
    position = int(node.text) if node.text.isdigit() else -1
    source = function.facts.values[node.args[0]]
    while source.op == "await":
        source = function.facts.values[source.args[0]]
    if position < 0:
        return None
    if source.op in ("tuple", "list"):
        part = _at(function, source, position)
        return [Part(function, part)] if part >= 0 else None
    if source.op == "element":
        return _in_rows(resolver, Place(function, source.args[0], position), 0) or None
    return _given(resolver, function, source, position, 0) or None if source.op == "call" else None


def _given(resolver: Resolver, function: Function, call: Value, position: int, depth: int) -> list[Part] | None:
    """Return what stands at a position of the tuple that a call gives, None where that is not seen."""
    parts: list[Part] = []
    for callee, owner in resolver.functions(function, call.args[0]) if depth <= MAX_DEPTH else ():
        ends = _ends(resolver, callee, position, depth)
        if ends is None or len(parts) + len(ends) > MAX_PARTS:
            return None
        parts.extend(_through(callee, part, call, owner is not None, event) for part, event in ends)
    return parts or None


def _through(callee: Function, part: Part, call: Value, receiver: bool, event: Event) -> Part:
    """Return a part that a function has, by itself or from another one, as one of what a call of it gives."""
    if part.call is None:
        return Part(callee, part.value, call, receiver, event)
    return Part(callee, -1, call, receiver, event, part)


def in_rows(resolver: Resolver, function: Function, rows: int, position: int) -> list[Part] | None:
    """Return what stands at a position of each row of a list, None where one of its rows is not seen."""
    return _in_rows(resolver, Place(function, rows, position), 0)


def _ends(resolver: Resolver, callee: Function, position: int, depth: int) -> list[tuple[Part, Event]] | None:
    """Return what stands at a position of the tuples that a function gives, None where one is not seen."""
    returned = [event for event in callee.facts.events if event.kind == "return" and event.value >= 0]
    if len(returned) > MAX_RETURNS or callee.facts.is_generator:
        return None
    ends: list[tuple[Part, Event]] = []
    for event in returned:
        node = callee.facts.values[event.value]
        while node.op == "await":
            node = callee.facts.values[node.args[0]]
        part = _at(callee, node, position)
        parts = [Part(callee, part)] if part >= 0 else []
        if node.op == "call":
            parts = _given(resolver, callee, node, position, depth + 1) or []
        if not parts and not _is_whole(resolver, callee, event.value):
            return None
        ends.extend((part, event) for part in parts)
    return ends


def _is_whole(resolver: Resolver, function: Function, value: int, depth: int = 0) -> bool:
    """Tell whether a value is none that is unpacked: nothing, a table, a text, an object with fields.

    A function that gives one of these when something went wrong, else a tuple, is asked which it was before.
    """
    node = function.facts.values[value]
    while node.op == "await":
        node = function.facts.values[node.args[0]]
    if node.op != "call" or depth > MAX_DEPTH:
        return node.op in WHOLE
    targets = resolver.resolve(function, node.args[0])
    if any(target.kind == "external" for target in targets):
        return all(target.kind == "external" and _is_class(target.name) for target in targets)
    ends = [
        (callee, event.value)
        for callee, _ in resolver.functions(function, node.args[0])
        for event in callee.facts.events
        if event.kind in ("return", "yield") and event.value >= 0
    ]
    return 0 < len(ends) <= MAX_RETURNS and all(_is_whole(resolver, *end, depth + 1) for end in ends)


def _is_class(name: str) -> bool:
    """Tell whether a name from outside is that of a class, as names are written."""
    last = name.rpartition(".")[2]
    return last[:1].isupper() and not last.isupper()


def _in_rows(resolver: Resolver, place: Place, depth: int) -> list[Part] | None:
    """Return what stands at a position of each row of a list, None where one of its rows is not seen.

    `(("a", a), ("b", b))`, `found.append((number, path))` and `return [(row.id, row) for row in all]` show their rows.
    """
    function, rows, position = place
    node = function.facts.values[rows]
    while node.op == "await":
        node = function.facts.values[node.args[0]]
    if depth > MAX_DEPTH:
        return None
    if node.op == "comprehension":
        return _of_row(resolver, function, node.args[0], position) if node.text != "dict" else None
    if node.op in ("phi", "select"):
        parts = [part for part in node.args[1 if node.op == "select" else 0 :] if part != rows]
        return _together(_in_rows(resolver, place._replace(rows=part), depth + 1) for part in parts)
    if node.op in ("tuple", "list"):
        return _together(_of_display(resolver, place, node, depth))
    return _of_call(resolver, place, node, depth) if node.op == "call" else None


def _of_display(resolver: Resolver, place: Place, node: Value, depth: int) -> Iterator[list[Part] | None]:
    """Yield what stands at a position of the rows with which a list is written, and of those that it is given later."""
    function, rows, position = place
    values = function.facts.values
    if len(node.args) > MAX_ROWS:
        yield None
    for row in node.args[:MAX_ROWS]:
        spread = values[row].op == "spread"
        inner = place._replace(rows=values[row].args[0]) if spread else place
        yield _in_rows(resolver, inner, depth + 1) if spread else _of_row(resolver, function, row, position)
    for event in function.facts.events if node.op == "list" else ():
        if event.kind == "store" and event.text == "[]" and _is(function, values[event.target].args[0], rows):
            yield None
        call = values[event.value] if event.kind == "call" else node
        callee = values[call.args[0]] if event.kind == "call" else node
        if callee.op == "attr" and len(call.args) > 1 and _is(function, callee.args[0], rows):
            if callee.text == "append":
                yield _of_row(resolver, function, call.args[1], position)
            elif callee.text == "extend":
                yield _in_rows(resolver, place._replace(rows=call.args[1]), depth + 1)
            elif callee.text in UNSEEN:
                yield None


def _is(function: Function, value: int, made: int) -> bool:
    """Tell whether a value is, or may be, one that is made at a place."""
    node = function.facts.values[value]
    return value == made or (node.op == "phi" and made in node.args)


def _of_call(resolver: Resolver, place: Place, node: Value, depth: int) -> list[Part] | None:
    """Return what stands at a position of the rows that a call gives."""
    function, _, position = place
    callee = function.facts.values[node.args[0]]
    if callee.text.rpartition("|")[2] == WALKING[-1] and len(node.args) > 1:
        walks = ".".join(WALKING) in resolver.externals(function, node.args[0])
        # The names that are found below a folder are nobody's text.
        return ([Part(function, node.args[1])] if position == 0 else []) if walks else None
    if callee.op == "name" and callee.text in COPIES and len(node.args) > 1 and not node.names[0]:
        return _in_rows(resolver, place._replace(rows=node.args[1]), depth + 1)
    found: list[list[Part] | None] = []
    for made, owner in resolver.functions(function, node.args[0]):
        returned = [event for event in made.facts.events if event.kind == "return" and event.value >= 0]
        if len(returned) > MAX_RETURNS or made.facts.is_generator:
            return None
        for event in returned:
            inner = _in_rows(resolver, Place(made, event.value, position), depth + 1)
            if inner is None:
                return None
            found.append([_through(made, part, node, owner is not None, event) for part in inner])
    return _together(found) if found else None


def _of_row(resolver: Resolver, function: Function, row: int, position: int) -> list[Part] | None:
    node = function.facts.values[row]
    if node.op == "call":
        return component(resolver, function, Value("item", str(position), (row,)))
    part = _at(function, node, position)
    return [Part(function, part)] if part >= 0 else None


def _together(ways: Iterable[list[Part] | None]) -> list[Part] | None:
    """Return all that was found, None where one of the ways is not seen."""
    found: list[Part] = []
    for way in ways:
        if way is None or len(found) > MAX_PARTS:
            return None
        found.extend(way)
    return found


def _at(function: Function, display: Value, position: int) -> int:
    """Return an item of a display, -1 where it is none or where a spread may stand before."""
    if display.op not in ("tuple", "list") or position >= len(display.args):
        return -1
    spread = any(function.facts.values[item].op == "spread" for item in display.args[: position + 1])
    return -1 if spread else display.args[position]
