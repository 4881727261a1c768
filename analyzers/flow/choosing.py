"""Conditions that choose between two ways to go on, as with a URL or a file, and refuse nobody."""

from typing import TYPE_CHECKING

from analyzers.facts import Event
from analyzers.flow.guards import Guards
from analyzers.flow.labels import Labels, is_same
from analyzers.project.program import Function

if TYPE_CHECKING:
    from analyzers.flow.labeling import Labeler

SCHEME_ONLY = "partial: only the scheme or path is compared"
OTHERWISE = {"true": "false", "false": "true"}
# What a text is put into to tell about it.
TELLING = ("template", "binary", "map", "list", "tuple", "str")


def without_choices(labeler: "Labeler", function: Function, event: Event, found: Guards) -> Guards:
    """Return what a condition establishes without tests of a scheme behind which what fails them is used as well."""
    tests = [guard for guard in found if guard.note == SCHEME_ONLY]
    if not tests or _refuses(labeler, function, event, frozenset().union(*(guard.subject for guard in tests))):
        return found
    return {guard: place for guard, place in found.items() if guard.note != SCHEME_ONLY}


def _refuses(labeler: "Labeler", function: Function, event: Event, subject: Labels) -> bool:
    """Tell whether a function ends where a condition comes out otherwise, and hands what was tested to nothing."""
    other = next((step for step in function.facts.events if _is_opposite(step, event)), None)
    behind = [
        step
        for step in function.facts.events
        if other is not None and any(before is other for before in function.chain(step.dominator))
    ]
    ends = [step for step in behind if step.kind in ("raise", "return")]
    return bool(ends) and not any(
        step.kind == "return" and step.value >= 0 and _hands_on(labeler, function, step.value, subject) for step in ends
    )


def _is_opposite(step: Event, event: Event) -> bool:
    return step.value == event.value and step.kind == OTHERWISE.get(event.kind)


def _hands_on(labeler: "Labeler", function: Function, value: int, subject: Labels) -> bool:
    """Tell whether what is returned is what a call makes of the tested value itself, not of a text about it."""
    values = function.facts.values
    node = values[value]
    while node.op == "await":
        node = values[node.args[0]]
    return node.op == "call" and any(
        is_same(label, tested)
        for argument in node.args[1:]
        if values[argument].op not in TELLING
        for label in labeler.labels(function, argument)
        for tested in subject
    )
