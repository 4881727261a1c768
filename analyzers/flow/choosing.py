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
REFUSALS = ("error", "fail", "refus", "invalid", "den", "reject", "response", "block")
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
    behind = _behind(function, event)
    ends = [step for step in behind if step.kind in ("raise", "return")]
    made = [step.value for step in behind if step.kind == "call"]
    returned = (_call_of(function, step.value) for step in ends if step.kind == "return" and step.value >= 0)
    return bool(ends) and not any(call in made and _hands_on(labeler, function, call, subject) for call in returned)


def _behind(function: Function, event: Event) -> list[Event]:
    """Return what only happens where a condition comes out otherwise."""
    events = function.facts.events
    other = next((index for index, step in enumerate(events) if _is_opposite(step, event)), len(events))
    found = {other}
    for index in range(other + 1, len(events)):
        if events[index].dominator in found:
            found.add(index)
    return [events[index] for index in sorted(found - {other})]


def _call_of(function: Function, value: int) -> int:
    """Return the call whose result a value is, awaited or not."""
    values = function.facts.values
    while values[value].op == "await":
        value = values[value].args[0]
    return value


def _is_opposite(step: Event, event: Event) -> bool:
    return step.value == event.value and step.kind == OTHERWISE.get(event.kind)


def _tells(name: str) -> bool:
    """Tell whether a function is called like a class, which makes an answer, or like one that tells of an error."""
    return name[:1].isupper() or any(word in name.lower() for word in REFUSALS)


def _hands_on(labeler: "Labeler", function: Function, value: int, subject: Labels) -> bool:
    """Tell whether what is returned is what a call makes of the tested value itself, not of a text about it."""
    values = function.facts.values
    node = values[value]
    if node.op != "call" or _tells(values[node.args[0]].text.rpartition("|")[2]):
        return False
    return any(
        is_same(label, tested)
        for argument in node.args[1:]
        if values[argument].op not in TELLING
        for label in labeler.labels(function, argument)
        for tested in subject
    )
