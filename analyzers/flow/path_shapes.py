"""The shapes of file paths: joined, resolved, taken apart."""

from typing import TYPE_CHECKING

from analyzers.facts import Value
from analyzers.flow.shapes import SEPARATOR, Piece, Shape, is_open, varied
from analyzers.frameworks import files
from analyzers.frameworks.paths import canonical, is_path
from analyzers.project.program import Function

if TYPE_CHECKING:
    from analyzers.flow.urls import ShapeReader

# An address that names no host.
OF_FILE = "file:///"


def path_call(reader: "ShapeReader", function: Function, node: Value, name: str) -> Shape | None:
    """Return the shape of a call that makes a path, None when it makes none."""
    if name in files.STARTS:
        return (Piece(files.STARTS[name]),)
    if name in files.SAME or name in files.JOINS:
        return joined(reader, function, node.args[1:])
    if name in files.RESOLVERS and len(node.args) > 1:
        return varied(reader.shape(function, node.args[1]), "n")
    plain = canonical(name)
    if not is_path(plain):
        return None
    method = plain.rpartition(".")[2]
    receiver = function.facts.values[node.args[0]]
    if receiver.op != "attr":
        return None
    if method == "joinpath":
        return joined(reader, function, (receiver.args[0], *node.args[1:]))
    if method == "as_uri":
        return (Piece(OF_FILE), *varied(reader.shape(function, receiver.args[0]), "n"))
    if method in files.NAMING_METHODS and len(node.args) > 1:
        # What holds a separator is refused.
        return (
            *reader.shape(function, receiver.args[0]),
            SEPARATOR,
            *varied(reader.shape(function, node.args[1]), "b"),
        )
    if method not in files.SAME_METHODS:
        return None
    shape = reader.shape(function, receiver.args[0])
    return varied(shape, "n") if method in files.RESOLVING_METHODS - files.KEEPS_DOTS else shape


def folder(reader: "ShapeReader", function: Function, node: Value) -> Shape:
    """Return the shape of `path.parent` where callers have a part in the path; what they write may name folders."""
    if node.text != "parent":
        return ()
    shape = reader.shape(function, node.args[0])
    last = max((index for index, piece in enumerate(shape) if is_open(piece)), default=-1)
    return shape[: last + 1] if SEPARATOR in shape else ()


def joined(reader: "ShapeReader", function: Function, parts: tuple[int, ...]) -> Shape:
    """Return the shape of parts joined to a path."""
    shape: Shape = ()
    for position, part in enumerate(parts):
        shape = (*shape, SEPARATOR, *reader.shape(function, part)) if position else reader.shape(function, part)
    return shape
