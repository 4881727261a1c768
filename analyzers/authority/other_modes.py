"""Checks of a mode in which the process does not run where a call passes."""

from collections.abc import Iterable, Mapping, Sequence

from analyzers.facts import Event
from analyzers.flow.labels import PROCESS
from analyzers.flow.summaries import Flow
from analyzers.project.program import Function

BRANCHES = ("true", "false")


def in_this_mode(flow: Flow, function: Function, checks: Iterable[Event], chain: Sequence[Event]) -> list[Event]:
    """Return the checks that do not lie on the other way of a switch of the process, which no caller chooses."""
    ways = {event.value: event.kind for event in chain if event.kind in BRANCHES}
    return [check for check in checks if not _is_apart(flow, function, check, ways)]


def _is_apart(flow: Flow, function: Function, check: Event, ways: Mapping[int, str]) -> bool:
    return any(
        ways.get(value, kind) != kind and _is_settled(flow, function, value)
        for value, kind in function.ways_to(check.dominator).items()
    )


def _is_settled(flow: Flow, function: Function, value: int) -> bool:
    """Tell whether a condition depends on how the process was started alone."""
    labels = flow.labeler.labels(function, value)
    return bool(labels) and all(label == PROCESS or label.startswith("env:") for label in labels)
