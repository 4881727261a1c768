"""Conditions on a value that holds wherever it is, because it was only kept where they held.

`[url for url in urls if is_allowed(url)]`, a list to which only what passed was appended, and a function that returns
such a list: what is taken out of them passed, whatever happens afterwards.
"""

from collections.abc import Iterable, Iterator

from analyzers.flow.conditions import GuardReader
from analyzers.flow.filled import DISPLAYS
from analyzers.flow.guards import Guard, Guards, Place, intersection
from analyzers.project.program import Function

MAX_DEPTH = 6
THROUGH = frozenset({"index", "element", "item", "await", "enter", "spread"})
COPIES = ("builtins.list", "builtins.tuple", "builtins.set", "builtins.sorted", "builtins.iter", "builtins.next")


class KeptReader:
    """Reads what holds of values by the way they were collected."""

    def __init__(self, guards: GuardReader) -> None:
        self.guards = guards

    def among(self, function: Function, values: Iterable[int]) -> dict[Guard, Place]:
        """Return the conditions that hold of several values."""
        found: dict[Guard, Place] = {}
        for value in values:
            found.update(self.of(function, value))
        return found

    def of(self, function: Function, value: int, depth: int = 0) -> dict[Guard, Place]:
        """Return the conditions on destinations that hold of a value."""
        if value < 0 or depth > MAX_DEPTH:
            return {}
        node = function.facts.values[value]
        if node.op in THROUGH:
            return self.of(function, node.args[0], depth + 1)
        if node.op == "phi":
            return intersection([self.of(function, part, depth + 1) for part in node.args if part != value])
        if node.op == "comprehension":
            return self._filtered(function, node.start, node.end)
        if node.op in DISPLAYS and not node.args:
            return self._collected(function, value)
        if node.op == "call":
            return self._returned(function, value, depth)
        return {}

    def _filtered(self, function: Function, start: int, end: int) -> dict[Guard, Place]:
        found: dict[Guard, Place] = {}
        for event in function.facts.events:
            if event.kind == "true" and start <= event.start < end:
                found.update(self.guards.established(function, event))
        return _on_destinations(found)

    def _collected(self, function: Function, value: int) -> dict[Guard, Place]:
        fillings = self.guards.labeler.fillings(function).get(value, ())
        return intersection(
            [_on_destinations(self.guards.after(function, filling.event.dominator)) for filling in fillings]
        )

    def _returned(self, function: Function, value: int, depth: int) -> dict[Guard, Place]:
        node = function.facts.values[value]
        resolver = self.guards.resolver
        if resolver.external(function, node.args[0]) in COPIES and len(node.args) > 1:
            return self.of(function, node.args[1], depth + 1)
        results: list[Guards] = []
        for callee, owner in resolver.functions(function, node.args[0]):
            bindings = self.guards.bind(function, node, callee, owner is not None)
            kept = [self.of(callee, result, depth + 1) for result in _results(callee)]
            results.append(self.guards.substitute(intersection(kept), bindings))
        return intersection(results)


def _results(function: Function) -> Iterator[int]:
    """Yield what a function returns, empty results left out."""
    values = function.facts.values
    for event in function.facts.events:
        if event.kind == "return" and event.value >= 0 and values[event.value].op != "none":
            yield event.value


def _on_destinations(guards: Guards) -> dict[Guard, Place]:
    return {guard: place for guard, place in guards.items() if guard.kind == "url"}
