"""Conditions of a function that not every way passes, found by where the ways part."""

from collections.abc import Iterator, Mapping, Sequence, Set

from analyzers.facts import Event
from analyzers.flow.guards import Guard, Place
from analyzers.project.program import Function

OTHER = {"true": "false", "false": "true"}
CONDITIONS = ("true", "false")


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


def before(function: Function, index: int) -> Iterator[int]:
    """Yield an event and those that are certain to have completed before it, latest first."""
    while index >= 0:
        yield index
        index = function.facts.events[index].dominator


def way_to(function: Function, index: int, certain: set[int]) -> list[int]:
    """Return the events from the first that is not certain down to one, empty when it lies behind an end."""
    path: list[int] = []
    while index >= 0 and index not in certain:
        path.append(index)
        index = function.facts.events[index].dominator
    return path[::-1] if index != -2 else []


def ending(function: Function) -> frozenset[int]:
    """Return the events behind which the function ends for certain."""
    events = function.facts.events
    found: set[int] = set()
    for event in events:
        step = event.dominator if event.kind in ("raise", "return") else -1
        while step >= 0 and step not in found and events[step].kind not in (*CONDITIONS, "each"):
            found.add(step)
            step = -1 if events[step].kind == "swallow" else events[step].dominator
    return frozenset(found)


def denying(function: Function) -> Iterator[int]:
    """Yield the outcomes of conditions whose other outcome ends the function."""
    events = function.facts.events
    ends: set[int] = set()
    first: dict[tuple[str, int], int] = {}
    for position, event in enumerate(events):
        if event.kind in CONDITIONS:
            first.setdefault((event.kind, event.value), position)
        elif event.kind in ("raise", "return"):
            step = event.dominator
            while step >= 0 and step not in ends:
                ends.add(step)
                step = events[step].dominator
    for position, event in enumerate(events):
        if event.kind in CONDITIONS:
            other = "false" if event.kind == "true" else "true"
            if first.get((other, event.value), -1) in ends:
                yield position
