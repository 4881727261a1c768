"""Conditions on a destination that are left out where nothing is configured: `if hosts and host not in hosts`."""

from collections.abc import Iterable

from analyzers.flow.guards import Guard, Guards, Place, intersection
from analyzers.flow.labeling import Labeler
from analyzers.flow.labels import MARK, PROCESS, Labels
from analyzers.flow.prefixes import INSIDE
from analyzers.frameworks.credentials import ENVIRONMENT_CALLS
from analyzers.project.program import Function

UNCONFIGURED = "broken: the list of hosts is not consulted unless it is configured"
UNKEPT = "escapes: no folder is kept to unless one is configured"


class ConfiguredReader:
    """Reads conditions that only the configuration of the process can leave out."""

    def __init__(self, labeler: Labeler) -> None:
        self.labeler = labeler
        self._defaults: dict[str, str] | None = None

    def unless(self, function: Function, parts: Iterable[tuple[int, Guards]]) -> dict[Guard, Place]:
        """Return what holds when one of several conditions does, of which some are about the configuration alone.

        Where a default turns the others on they hold unless the switch is set, else they are passed by.
        """
        switches: list[tuple[int, Labels]] = []
        others: list[Guards] = []
        for value, guards in parts:
            bounds = {guard: place for guard, place in guards.items() if guard.kind == "url"}
            labels = self.labeler.labels(function, value)
            if bounds:
                others.append(bounds)
            elif labels and (all(map(_is_settled, labels)) or _is_switch(function, value, labels)):
                switches.append((value, labels))
            else:
                return {}
        if not switches or not others:
            return {}
        common = intersection(others)
        settled = [labels for _, labels in switches if all(map(_is_settled, labels))]
        if not all(map(self._is_on, settled)):
            return {guard._replace(note=_left_out(guard)): place for guard, place in common.items()}
        # Who sets what a function is given is known where it is called.
        start = function.facts.values[switches[0][0]].start
        key = f"{function.file.path}:{start}"
        here = Place(function.file.path, function.file.facts.lines.line(start), function.facts.qualname)
        switch = Guard("switch", key, frozenset().union(*(labels for _, labels in switches)))
        return {**{guard._replace(claim=guard.claim or key): place for guard, place in common.items()}, switch: here}

    def _is_on(self, labels: Labels) -> bool:
        """Tell whether every variable that a value is made of has a default that is not empty."""
        names = [label.partition(":")[2] for label in labels if label.startswith("env:")]
        return bool(names) and all(self.defaults().get(name) for name in names)

    def defaults(self) -> dict[str, str]:
        """Return the texts that reads of environment variables give as defaults, by variable."""
        if self._defaults is None:
            resolver = self.labeler.resolver
            self._defaults = {}
            for method in {name.rpartition(".")[2] for name in ENVIRONMENT_CALLS}:
                for function, call in resolver.program.call_sites(method):
                    node = function.facts.values[call]
                    if len(node.args) > 2 and resolver.external(function, node.args[0]) in ENVIRONMENT_CALLS:
                        name, default = (resolver.text(function, argument) for argument in node.args[1:3])
                        if name and default:
                            self._defaults[name] = default
        return self._defaults


def _left_out(guard: Guard) -> str:
    return UNKEPT if guard.note == INSIDE else UNCONFIGURED


def _is_settled(label: str) -> bool:
    return label == PROCESS or label.startswith("env:")


def _is_switch(function: Function, value: int, labels: Labels) -> bool:
    """Tell whether a condition is nothing but something that a function is given, `allow_private`, or its opposite."""
    node = function.facts.values[value]
    while node.op == "not":
        node = function.facts.values[node.args[0]]
    return node.op in ("param", "free", "attr") and all(MARK in label for label in labels)
