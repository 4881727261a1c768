"""What a chain of calls gives to the function at its end, in terms of what the first function is given."""

from analyzers.facts import Value
from analyzers.flow.labeling import Labeler
from analyzers.flow.labels import Bindings
from analyzers.project.program import Function


class Given:
    """What one function is given; it is found when it is asked for, as most functions that are passed are not."""

    __slots__ = ("_bindings", "_call", "_labeler", "_outer")

    def __init__(self, labeler: Labeler, bindings: Bindings) -> None:
        self._labeler = labeler
        self._bindings: Bindings | None = bindings
        self._outer: Given | None = None
        self._call: tuple[Function, Value, Function, bool] | None = None

    def on(self, caller: Function, call: Value, callee: Function, *, has_receiver: bool) -> "Given":
        """Return what a call of the function gives to a callee."""
        further = Given(self._labeler, Bindings())
        further._bindings, further._outer, further._call = None, self, (caller, call, callee, has_receiver)
        return further

    def bindings(self) -> Bindings:
        """Return the labels that the function's parameters stand for."""
        if self._bindings is None and self._outer is not None and self._call is not None:
            outer, labeler = self._outer.bindings(), self._labeler
            passed = labeler.bind(*self._call)
            self._bindings = Bindings({key: labeler.substitute(found, outer) for key, found in passed.items()})
        return self._bindings or Bindings()
