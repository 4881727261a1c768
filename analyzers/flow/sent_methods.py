"""The HTTP method that a request is sent with."""

from typing import TYPE_CHECKING

from analyzers.facts import Value
from analyzers.flow.labels import NONE, Labels
from analyzers.flow.operands import METHOD, Operand
from analyzers.flow.rest import passed_at
from analyzers.flow.shapes import Piece, is_open
from analyzers.frameworks import sinks
from analyzers.project.program import Function
from analyzers.project.targets import argument_of

if TYPE_CHECKING:
    from analyzers.flow.effects import Call, EffectReader


def sent_method(reader: "EffectReader", call: "Call", method: str) -> tuple[str, tuple[Operand, ...]]:
    """Return the method of a request, "?" if unknown, and what callers of the function pass for it.

    `method` is what the called function fixes: "?" where it takes the method first.
    """
    function, _, node, name = call
    takes = name in sinks.TAKING_METHODS
    value = argument_of(node, "method", 0 if method == "?" else -1) if takes or method == "?" else -1
    passed = _passed_on(reader, function, node) if value < 0 and method == "?" else NONE
    if passed:
        return "?", (Operand(METHOD, (Piece(labels=passed),)),)
    if value < 0:
        body = argument_of(node, *sinks.BODIES[name]) if name in sinks.BODIES else -1
        return ("POST" if body >= 0 and function.facts.values[body].op != "none" else method), ()
    shape = reader.shapes.shape(function, value)
    if any(map(is_open, shape)):
        # What callers pass is told for each of them.
        return "?", (Operand(METHOD, shape),)
    return _known(reader, function, value), ()


def _passed_on(reader: "EffectReader", function: Function, node: Value) -> Labels:
    """Return the method of a request that is passed on as it comes: `client.request(*args, **options)`."""
    placed = passed_at(reader.labeler, function, node, 0) or NONE
    return placed | reader.labeler.fields.given(function, node, "method") if "**" in node.names else placed


def _known(reader: "EffectReader", function: Function, value: int) -> str:
    """Return the method that a value is, of several the one that can do the most, "?" if unknown."""
    targets = reader.resolver.resolve(function, value)
    if targets and all(target.kind == "text" for target in targets):
        return max((target.name.upper() for target in targets), key=sinks.method_rank)
    return (reader.resolver.text(function, value) or "?").upper()
