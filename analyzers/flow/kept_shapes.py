"""The shapes of texts that objects keep: what a constructor was given, of the program's classes and of others."""

from typing import TYPE_CHECKING

from analyzers.facts import Value
from analyzers.flow.labels import MARK, index_of, owner_of
from analyzers.flow.shapes import Shape, is_open
from analyzers.project.program import Function
from analyzers.project.targets import argument_of

if TYPE_CHECKING:
    from analyzers.flow.urls import ShapeReader

MAX_MADE = 6


def kept_shapes(reader: "ShapeReader", function: Function, node: Value) -> list[Shape]:
    """Return the shapes of `holder.name` where all ways to make the holder are seen, each once, else none."""
    for target in reader.resolver.resolve(function, node.args[0]):
        if target.kind == "instance" and target.function is not None:
            stored = reader.resolver.attribute(target.function, node.text)
        else:
            stored = reader.resolver.given.of_target(target, function, node)
        if len(stored) == 1:
            return _settled(reader, *stored[0])
    return _given(reader, function, node)


def _given(reader: "ShapeReader", function: Function, node: Value) -> list[Shape]:
    """What a class that is not read was given under the name: `Client(url=base).url`."""
    made = reader.definitions(function, node.args[0])
    found: list[Shape] = []
    for scope, value in made[:MAX_MADE]:
        call = scope.facts.values[value]
        given = argument_of(call, node.text, -1) if call.op == "call" else -1
        if given < 0 or reader.resolver.functions(scope, call.args[0]):
            return []
        shapes = _settled(reader, scope, given)
        if not shapes:
            return []
        found.extend(shapes)
    return found if len(made) <= MAX_MADE else []


def _settled(reader: "ShapeReader", scope: Function, value: int) -> list[Shape]:
    """Return the shapes of a value that is kept, by what all calls of the constructor give."""
    shape = reader.shape(scope, value)
    parameters = [piece for piece in shape if any(MARK in label for label in piece.labels)]
    if not parameters:
        return [shape]
    label = min(label for label in parameters[0].labels if MARK in label)
    if scope.facts.name != "__init__" or owner_of(label) != scope.id:
        return []
    if shape == tuple(parameters) and label[0] == "p" and parameters[0].labels == {label} and len(parameters) == 1:
        return _passed(reader, scope, index_of(label))
    settled = reader.labeler.fields.settled
    return [tuple(p._replace(labels=settled(scope, p.labels)) if p in parameters else p for p in shape)]


def _passed(reader: "ShapeReader", scope: Function, index: int) -> list[Shape]:
    sites = reader.resolver.arguments(scope, index)
    shapes = [reader.shape(caller, argument) for caller, argument in sites[:MAX_MADE]]
    known = len(sites) <= MAX_MADE and not any(is_open(piece) for shape in shapes for piece in shape)
    return shapes if known else []
