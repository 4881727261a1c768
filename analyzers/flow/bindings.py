"""What a call passes for the parameters of its callee, found once a label asks for it."""

from collections.abc import Callable, Mapping

from analyzers.facts import Value
from analyzers.flow.guards import Guard
from analyzers.flow.labels import MARK, Labels, entry_given
from analyzers.project.program import Function
from analyzers.project.targets import argument_of

# Finds the labels of what is passed for a parameter, None where nothing is.
Find = Callable[[str], Labels | None]
# Finds the labels of an entry of a parameter, None where they are those of the whole.
Entries = Callable[[str, str], Labels | None]


class Bindings:
    """What is passed for parameters, given by their `function MARK index`.

    What a callee gives back is about few of its parameters, so that each is only looked for when it is asked for. Many
    effects of a callee are about the same values, so that what became of labels and guards is kept.
    """

    __slots__ = ("_find", "_passed", "entries", "guards", "known")

    def __init__(
        self, passed: Mapping[str, Labels] | None = None, find: Find | None = None, entries: Entries | None = None
    ) -> None:
        self._passed: dict[str, Labels | None] = {**passed} if passed else {}
        self._find = find
        self.entries = entries
        self.known: dict[Labels, Labels] = {}
        self.guards: dict[Guard, Guard | None] = {}

    def get(self, parameter: str) -> Labels | None:
        """Return the labels of what is passed for a parameter, None where nothing is."""
        if parameter not in self._passed and self._find is not None:
            self._passed[parameter] = self._find(parameter)
        return self._passed.get(parameter)

    def entry(self, parameter: str, key: str) -> Labels | None:
        """Return the labels of an entry of what is passed for a parameter, None where nothing is."""
        passed = self.get(parameter)
        found = self.entries(parameter, key) if self.entries is not None and passed is not None else None
        return entry_given(passed, key) if found is None and passed is not None else found


def index_in(callee: Function, parameter: str) -> int:
    """Return the position of a parameter, given by its `function MARK index`, -1 where it is another function's."""
    owner, _, index = parameter.rpartition(MARK)
    position = int(index) if owner == callee.id else -1
    return position if position < len(callee.facts.parameters) else -1


def argument_for(call: Value, callee: Function, index: int, *, has_receiver: bool) -> int:
    """Return what a call passes for a parameter by itself, -1 where there is no such argument."""
    return argument_of(call, callee.facts.parameters[index].name, index - (1 if has_receiver else 0))
