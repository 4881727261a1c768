"""Statements that are built of expressions: what they are given is bound, and only texts among them stay texts."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from analyzers.facts import Value
from analyzers.flow.shapes import Piece, Shape, is_open
from analyzers.frameworks import queries
from analyzers.project.program import Function
from analyzers.project.targets import Site

if TYPE_CHECKING:
    from analyzers.flow.urls import ShapeReader

# How texts are put together.
JOINING = ("+", "%")


def built(reader: "ShapeReader", site: Site, name: str) -> Shape | None:
    """Return the shape of a statement that a call builds or adds something to, None of another call."""
    function, value, node = site
    verb, values = queries.expressed(name), function.facts.values
    if verb:
        return _with_texts(reader, function, (Piece(f"{verb} from "),), (value,))
    callee = values[node.args[0]]
    if callee.op != "attr" or reader.resolver.functions(function, node.args[0]):
        return None
    if callee.text in queries.VERBS and len(node.args) == 1:
        return (Piece(f"{callee.text} from "),)
    is_clause = callee.text in queries.CLAUSES
    if len(node.args) == 1 or not (is_clause or callee.text in queries.BOUND):
        return None
    # A builder that takes clauses as texts binds nothing in them.
    if is_clause and any(_is_written(values[argument]) for argument in node.args[1:]):
        return None
    return _with_texts(reader, function, _begun(reader, function, callee.args[0], value), node.args[1:])


def _begun(reader: "ShapeReader", function: Function, statement: int, value: int) -> Shape:
    """Return the shape of what a call adds to, of a statement that grows in a loop as it was before."""
    node = function.facts.values[statement]
    rounds = node.op == "phi" and value in function.made_of(statement)
    before = [part for part in node.args if value not in function.made_of(part)] if rounds else []
    shapes = [reader.shape(function, part) for part in before or (statement,)]
    return next((shape for shape in shapes if any(map(is_open, shape))), shapes[0])


def _is_written(node: Value) -> bool:
    return node.op == "template" or (node.op == "binary" and node.text in JOINING)


def _with_texts(reader: "ShapeReader", function: Function, begun: Shape, given: Iterable[int]) -> Shape | None:
    """Return what is begun with the texts that stand in what is given, None where one of them is not known."""
    values = function.facts.values
    parts = list(function.made_of(*given))
    written = [part for part in parts if values[part].text.rpartition("|")[2] in queries.LITERALS]
    texts = [
        piece
        for part in parts
        if written
        and values[part].op == "call"
        and reader.resolver.external(function, values[part].args[0]) in queries.WRAPPERS
        for piece in reader.shape(function, part)
    ]
    return (*begun, *texts) if texts or not written else None
