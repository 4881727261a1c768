"""The shapes of what is unpacked, and of the rows of a list that a call is given: statements, each with its values."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from analyzers.flow.labels import ENTRY, MARK, in_rows
from analyzers.flow.shapes import Shape
from analyzers.project import unpacking
from analyzers.project.program import Function

if TYPE_CHECKING:
    from analyzers.flow.urls import ShapeReader


class RowShapes:
    """Finds the shapes of components of tuples, of several by how open they are the most open one."""

    def __init__(self, reader: "ShapeReader", openness: Callable[[Shape], tuple[int, int]]) -> None:
        self._reader = reader
        self._openness = openness
        self._unpacked: dict[str, Mapping[int, set[int]]] = {}

    def of(self, function: Function, parts: Iterable[unpacking.Part]) -> Shape:
        """Return the shape of a component."""
        return max((self._of(function, part) for part in parts), key=self._openness)

    def _of(self, function: Function, part: unpacking.Part) -> Shape:
        reader = self._reader
        if part.call is None or part.event is None:
            return reader.shape(part.callee, part.value)
        shape = reader.shape(part.callee, part.value) if part.inner is None else self._of(part.callee, part.inner)
        checked = reader.checked(part.callee, part.event, shape)
        return reader.substitute(checked, function, part.call, part.callee, part.receiver)

    def given(self, caller: Function, argument: int, callee: Function, index: int) -> Iterator[tuple[str, Shape]]:
        """Yield the shape of each component that a callee takes out of the rows of one of its arguments."""
        for position in self._positions(callee).get(index, ()):
            parts = unpacking.in_rows(self._reader.resolver, caller, argument, position)
            if parts:
                key = in_rows(str(position))
                yield f"{callee.id}{MARK}{index}{ENTRY}{key}", self.of(caller, parts)

    def _positions(self, callee: Function) -> Mapping[int, set[int]]:
        """Return which components of the rows of which parameters a function takes."""
        known = self._unpacked.get(callee.id)
        if known is None:
            known = self._unpacked[callee.id] = {}
            values = callee.facts.values
            for node in values:
                source = values[node.args[0]] if node.op == "item" else node
                if source.op == "element" and node.text.isdigit() and values[source.args[0]].op == "param":
                    known.setdefault(source.args[0], set()).add(int(node.text))
        return known
