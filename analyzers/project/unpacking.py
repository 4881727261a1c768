"""Which values an unpacked component may be: of a display, or of the displays that functions return."""

import msgspec

from analyzers.facts import Event, Value
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver

MAX_RETURNS = 8
MAX_ROWS = 32


class Part(msgspec.Struct, frozen=True):
    """A component as a value of the function that makes it.

    `call` is where that was called and `event` its `return`, both None for a display.
    """

    callee: Function
    value: int
    call: Value | None = None
    receiver: bool = False
    event: Event | None = None


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
        return _each_row(function, function.facts.values[source.args[0]], position)
    if source.op != "call":
        return None
    parts: list[Part] = []
    for callee, owner in resolver.functions(function, source.args[0]):
        returned = [event for event in callee.facts.events if event.kind == "return" and event.value >= 0]
        if len(returned) > MAX_RETURNS or callee.facts.is_generator:
            return None
        for event in returned:
            part = _at(callee, callee.facts.values[event.value], position)
            if part < 0:
                return None
            parts.append(Part(callee, part, source, owner is not None, event))
    return parts or None


def _each_row(function: Function, rows: Value, position: int) -> list[Part] | None:
    """Return what stands at a position of each row of a table: `for name, value in (("a", a), ("b", b))`."""
    if rows.op != "tuple" or len(rows.args) > MAX_ROWS:
        return None
    parts = [_at(function, function.facts.values[row], position) for row in rows.args]
    return [Part(function, part) for part in parts] if parts and min(parts) >= 0 else None


def _at(function: Function, display: Value, position: int) -> int:
    """Return an item of a display, -1 where it is none or where a spread may stand before."""
    if display.op not in ("tuple", "list") or position >= len(display.args):
        return -1
    spread = any(function.facts.values[item].op == "spread" for item in display.args[: position + 1])
    return -1 if spread else display.args[position]
