"""Conditions of a function that not every way passes, found by where the ways part."""

from collections.abc import Iterator, Mapping, Sequence, Set

from analyzers.facts import Event
from analyzers.flow.guards import Guard, Place

OTHER = {"true": "false", "false": "true"}


class Conditions:
    """The events that establish conditions, in the tree of what is certain before what.

    In a chain of comparisons with hundreds of names, a point lies on one way and is not asked about the others.
    """

    def __init__(self, events: Sequence[Event], guards: Mapping[int, dict[Guard, Place]]) -> None:
        self.guards = guards
        self.first = min(guards, default=-1)
        self._behind: dict[int, list[int]] = {}
        for position in guards:
            step, seen = position, False
            while step >= 0 and not seen:
                siblings = self._behind.setdefault(events[step].dominator, [])
                seen = step in siblings[-1:] or step in siblings
                if not seen:
                    siblings.append(step)
                step = events[step].dominator

    def apart(self, events: Sequence[Event], certain: Sequence[int], passed: Set[int], index: int) -> list[int]:
        """Return those in front of an event that are not certain, but for what lies behind an outcome that is not its.

        `certain` are the events that are, with `passed` as the same in a set.
        """
        outcomes = {(events[step].kind, events[step].value) for step in certain if events[step].kind in OTHER}
        found: list[int] = []
        for step in (-1, *certain):
            for top in self._behind.get(step, ()):
                event = events[top]
                if top < index and top not in passed and (OTHER.get(event.kind, ""), event.value) not in outcomes:
                    found.extend(self._within(top, index))
        return sorted(found)

    def _within(self, top: int, index: int) -> Iterator[int]:
        waiting = [top]
        while waiting:
            step = waiting.pop()
            if step in self.guards:
                yield step
            waiting.extend(inner for inner in self._behind.get(step, ()) if inner < index)
