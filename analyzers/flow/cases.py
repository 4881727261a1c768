"""Requests as callers of a function ask for them: by their method, `if method == "DELETE": ...`, or all in a table."""

from collections.abc import Iterable, Iterator

from analyzers.facts import Event, Value
from analyzers.flow.labels import NONE
from analyzers.flow.operands import Operand
from analyzers.flow.rest import REST, passed_at
from analyzers.flow.shapes import Piece, Shape, is_open
from analyzers.flow.urls import ShapeReader
from analyzers.frameworks import sinks
from analyzers.project.program import Function
from analyzers.project.targets import parameter_of

CASE = "case"
METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
FOLDING = ("upper", "lower", "strip", "casefold")


class CaseReader:
    """Tells what callers of functions must pass for something to happen, where they pass the method of a request."""

    def __init__(self, shapes: ShapeReader) -> None:
        self._shapes = shapes
        self._comparing: dict[str, bool] = {}

    def at(self, function: Function, event: Event) -> Iterator[Operand]:
        """Yield what must be passed for an event to happen."""
        values = function.facts.values
        for step in function.chain(event.dominator) if self._compares(function) else ():
            node = values[step.value] if step.kind == "true" else None
            if node is None or node.op != "compare" or node.text != "==":
                continue
            asked, wanted = node.args if values[node.args[1]].op == "str" else node.args[::-1]
            text = values[wanted].text.upper() if values[wanted].op == "str" else ""
            given = _unfolded(function, asked)
            if text in METHODS and parameter_of(function, given) is not None:
                yield Operand(CASE, self._shapes.shape(function, given), text)

    def _compares(self, function: Function) -> bool:
        """Tell whether a function writes the name of a method at all, as few do."""
        known = self._comparing.get(function.id)
        if known is None:
            nodes = function.facts.values
            known = any(node.op == "str" and node.text.upper() in METHODS for node in nodes)
            self._comparing[function.id] = known
        return known


def address(shapes: ShapeReader, function: Function, call: Value, url: int) -> Shape:
    """Return where a request goes, also where callers of the function say it: `session.request(*args, **options)`."""
    if url >= 0 or frozenset(REST).isdisjoint(call.names):
        return shapes.shape(function, url)
    first = function.facts.values[call.args[0]].text in sinks.METHOD_FIRST
    labels = passed_at(shapes.labeler, function, call, 1 if first else 0) or NONE
    labels |= shapes.labeler.fields.given(function, call, "url") if "**" in call.names else NONE
    return (Piece(labels=labels),) if labels else ()


def _unfolded(function: Function, value: int) -> int:
    """Return what a text was before its letters were made alike."""
    values = function.facts.values
    node = values[value]
    while node.op == "call" and values[node.args[0]].op == "attr" and values[node.args[0]].text in FOLDING:
        value = values[node.args[0]].args[0]
        node = values[value]
    return value


def joined(operands: tuple[Operand, ...], asked: Iterable[Operand]) -> tuple[Operand, ...]:
    """Return what an effect reads with what must be passed for it, once where a function calls itself."""
    return (*operands, *(item for item in asked if item not in operands))


def is_ruled_out(operands: tuple[Operand, ...]) -> bool:
    """Tell whether a caller passes another text than the one that a call is made for."""
    known = (item for item in operands if item.role == CASE and not any(is_open(piece) for piece in item.shape))
    return any("".join(piece.text for piece in item.shape).strip().upper() != item.reader for item in known)
