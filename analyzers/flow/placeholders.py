"""Texts with a place for what is put into them later, and texts that grow."""

from typing import TYPE_CHECKING

from analyzers.facts import Value
from analyzers.flow.labels import MARK
from analyzers.flow.shapes import Piece, Shape
from analyzers.project.program import Function

if TYPE_CHECKING:
    from analyzers.flow.urls import ShapeReader

FILLERS = ("substitute", "safe_substitute")


def filled(reader: "ShapeReader", function: Function, call: Value, shape: Shape) -> Shape:
    """Return the shape of `text.replace(mark, value)`: the value at its place, behind the text if unseen."""
    if len(call.args) < 3:
        return shape
    put = reader.shape(function, call.args[2])
    if not any(piece.labels for piece in put):
        return shape
    mark = reader.resolver.text(function, call.args[1])
    found: list[Piece] = []
    for piece in shape:
        head, is_here, tail = piece.text.partition(mark) if mark else (piece.text, "", "")
        found.extend((Piece(head), *put, Piece(tail)) if is_here else (piece,))
    # A text that is all a caller's is no more theirs for what is put into it.
    is_callers = shape and all(any(MARK in label for label in piece.labels) for piece in shape)
    return tuple(found) if len(found) > len(shape) else shape if is_callers else (*shape, *put)


def filling_of(reader: "ShapeReader", function: Function, call: Value, callee: Value) -> tuple[int, str] | None:
    """Return the text that `text.format(...)` or `Template(text).substitute(...)` fills, and how its places begin."""
    if callee.op != "attr":
        return None
    if callee.text == "format":
        return callee.args[0], "{"
    made = function.facts.values[callee.args[0]] if callee.text in FILLERS else call
    is_template = made is not call and made.op == "call" and len(made.args) > 1
    if is_template and reader.resolver.external(function, made.args[0]) == "string.Template":
        return made.args[1], "$"
    return None


def started(function: Function, value: int, shapes: list[Shape]) -> list[Shape]:
    """Return the shapes of the ways to a text that grows in a loop, `text = text + one`, each with its beginning."""
    values = function.facts.values
    node = values[value]
    if node.op != "phi" or len(shapes) != len(node.args):
        return shapes
    grows = [_first(function, operand) == value != operand for operand in node.args]
    begins = next((shape for shape, grown in zip(shapes, grows, strict=True) if not grown), ())
    if not begins or not any(grows):
        return shapes
    return [(*begins, *shape[1:]) if grown else shape for shape, grown in zip(shapes, grows, strict=True)]


def _first(function: Function, value: int) -> int:
    """Return what a sum begins with."""
    node = function.facts.values[value]
    while node.op == "binary" and node.text == "+":
        value = node.args[0]
        node = function.facts.values[value]
    return value
