"""What a chain of calls gives to the function at its end, in terms of what the first function is given."""

from collections.abc import Callable

from analyzers.facts import Value
from analyzers.flow.bindings import Bindings
from analyzers.flow.labeling import Labeler
from analyzers.flow.labels import Labels
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

            def restated(found: Labels | None) -> Labels | None:
                return self._labeler.substitute(found, outer) if found is not None else None

            return Bindings(
                find=lambda parameter: restated(passed.get(parameter)),
                entries=lambda parameter, key: restated(passed.entry(parameter, key)),
            )

        return Given(self._labeler, find)
