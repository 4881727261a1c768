"""What stands at one position of a tuple, through the functions that hand it on: `send(*request_of(x))`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from analyzers.facts import Event, Value
from analyzers.flow.labels import NONE, Labels
from analyzers.flow.shapes import Shape
from analyzers.project.program import Function
from analyzers.project.targets import Site

if TYPE_CHECKING:
    from analyzers.flow.labeling import Labeler
    from analyzers.flow.urls import ShapeReader

MAX_DEPTH = 4
MAX_RETURNS = 8


def starred(call: Value, position: int) -> tuple[int, int] | None:
    """Return the value that a call spreads by `*` for an argument at a position, and which item of it that is."""
    first = call.names.index("*") if call.names.count("*") == 1 else -1
    if first < 0 or any(call.names[:first]) or position < first:
        return None
    return call.args[first + 1], position - first


def labels_at(labeler: "Labeler", function: Function, value: int, position: int, depth: int = 0) -> Labels | None:
    """Return the labels of one item of a tuple, None where it is not seen how the tuple is made."""
    site = _made(function, value)
    item = _item(site, position)
    if item is not None:
        return labeler.labels(function, item) if item >= 0 else None
    found: Labels = NONE
    seen = False
    for callee, receiver, event in _returned(labeler, site, depth):
        inner = labels_at(labeler, callee, event.value, position, depth + 1)
        if inner is None:
            return None
        inner = labeler.summaries.checked(callee, event, inner)
        found |= labeler.substitute(inner, labeler.bind(function, site.node, callee, receiver))
        seen = True
    return found if seen else None


def shapes_at(reader: "ShapeReader", function: Function, value: int, position: int, depth: int = 0) -> list[Shape]:
    """Return the shapes of one item of a tuple, none where it is not seen how the tuple is made."""
    site = _made(function, value)
    item = _item(site, position)
    if item is not None:
        return [reader.shape(function, item)] if item >= 0 else []
    found: list[Shape] = []
    for callee, receiver, event in _returned(reader.labeler, site, depth):
        inner = shapes_at(reader, callee, event.value, position, depth + 1)
        if not inner:
            return []
        found.extend(reader.substitute(shape, function, site.node, callee, receiver) for shape in inner)
    return found


def _made(function: Function, value: int) -> Site:
    node = function.facts.values[value]
    while node.op in ("await", "enter"):
        value = node.args[0]
        node = function.facts.values[value]
    return Site(function, value, node)


def _item(site: Site, position: int) -> int | None:
    """Return an item of a tuple that is written, -1 where it has none that is known, None for no such tuple."""
    if site.node.op not in ("tuple", "list"):
        return None
    items = site.node.args
    known = position < len(items) and all(
        site.function.facts.values[item].op != "spread" for item in items[: position + 1]
    )
    return items[position] if known else -1


def _returned(labeler: "Labeler", site: Site, depth: int) -> Iterator[tuple[Function, bool, Event]]:
    """Yield what the functions that a call runs return, with those; nothing where there are too many."""
    if site.node.op != "call" or depth > MAX_DEPTH:
        return
    for callee, owner in labeler.resolver.functions(site.function, site.node.args[0]):
        events = [event for event in callee.facts.events if event.kind == "return" and event.value >= 0]
        if len(events) <= MAX_RETURNS and not callee.facts.is_generator:
            yield from ((callee, owner is not None, event) for event in events)
