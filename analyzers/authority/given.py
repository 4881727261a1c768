"""What a chain of calls gives to the function at its end, in terms of what the first function is given."""

from collections.abc import Callable

from analyzers.facts import Value
from analyzers.flow.labeling import Labeler
from analyzers.flow.labels import Bindings, Labels
from analyzers.project.program import Function


class Given:
    """What one function is given; it is found when it is asked for, as most functions that are passed are not."""

    def __init__(self, labeler: Labeler, find: Callable[[], Bindings]) -> None:
        self._labeler = labeler
        self._find = find
        self._found: Bindings | None = None

    def bindings(self) -> Bindings:
        """Return the labels that the function's parameters stand for."""
        if self._found is None:
            self._found = self._find()
        return self._found

    def on(self, caller: Function, call: Value, callee: Function, *, has_receiver: bool) -> "Given":
        """Return what a call of the function gives to a callee."""

        def find() -> Bindings:
            passed, outer = self._labeler.bind(caller, call, callee, has_receiver), self.bindings()

            def entry(parameter: str, key: str) -> Labels:
                return self._labeler.substitute(passed.entry(parameter, key), outer)

            given = {key: self._labeler.substitute(found, outer) for key, found in passed.items()}
            return Bindings(given, entries=entry)

        return Given(self._labeler, find)
