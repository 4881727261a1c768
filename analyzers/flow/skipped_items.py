"""What tests of a destination are worth in a loop that goes on with the next item where one of them fails."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from analyzers.facts import Event, Value
from analyzers.flow.destinations import PASSED_BY_ERROR, variants
from analyzers.flow.guards import Guard, Guards, Place
from analyzers.flow.labels import is_chosen
from analyzers.project.program import Function

if TYPE_CHECKING:
    from analyzers.flow.labeling import Labeler

UNREAD_SCOPE = "broken: an address that does not parse is skipped, as one with a scope (fe80::1%eth0) before Python 3.9"


def passed_by_errors(function: Function, guards: Guards, handler: Place) -> dict[Guard, Place]:
    """Return what tests of a destination are worth in a loop in which a handler goes on with the next item.

    What a name resolved to always parses, once its scope is cut off.
    """
    found: dict[Guard, Place] = {}
    for guard, place in guards.items():
        if guard.kind != "url":
            continue
        resolved = guard.note.startswith("address ") and variants(guard.subject) <= {"r"}
        if not resolved:
            found[guard._replace(note=PASSED_BY_ERROR)] = handler
        elif _cuts_scope(function):
            found[guard] = place
        else:
            found[guard._replace(note=UNREAD_SCOPE)] = handler
    return found


def errors_in(labeler: "Labeler", function: Function, loop: Event) -> list[Event]:
    """Return the handlers of a loop that callers can have entered, unlike that of a setting which does not parse.

    Where calls in front of a handler are given nothing of a caller, nothing of theirs makes them fail.
    """
    events, values = function.facts.events, function.facts.values
    found: list[Event] = []
    for index in range(loop.dominator + 1, events.index(loop)):
        if events[index].kind != "swallow" or events[index].start < loop.start:
            continue
        calls = [event for event in events[events[index].target : index] if event.kind == "call"]
        given = [part for call in calls for part in _given(values, call)]
        is_entered = not calls or any(is_chosen(label) for part in given for label in labeler.labels(function, part))
        if is_entered:
            found.append(events[index])
    return found


def _given(values: Sequence[Value], call: Event) -> Iterator[int]:
    """Yield what a call is given, and what it is a method of."""
    node = values[call.value]
    callee = values[node.args[0]]
    yield from (value for value in (*node.args[1:], *(callee.args if callee.op == "attr" else ())) if value >= 0)


def behind_skips(function: Function, loop: Event) -> Iterator[Event]:
    """Yield the conditions that each round of a loop passes, unless it has nothing to find.

    `if address.version != network.version: continue` leaves out networks that the address cannot be in, and
    `if address in seen: continue` what an earlier round was about.
    """
    events = function.facts.events
    last = events.index(loop)
    for event in events[loop.dominator + 1 : last] if loop.target <= loop.dominator else ():
        if event.kind not in ("true", "false"):
            continue
        before = list(_inside(function, event.dominator, loop.dominator))
        conditions = [step for step in before if step.kind in ("true", "false")]
        if not conditions or any(step.kind not in ("true", "false", "call") for step in before):
            continue
        if all(_has_nothing_to_find(function, step) for step in conditions) and _leaves(function, event, last):
            yield event


def _inside(function: Function, event: int, start: int) -> Iterator[Event]:
    while event > start:
        yield function.facts.events[event]
        event = function.facts.events[event].dominator


def _has_nothing_to_find(function: Function, step: Event) -> bool:
    """Tell whether the other outcome of a condition is that of versions that differ, or of an item that was seen."""
    values = function.facts.values
    node = values[step.value]
    if node.op != "compare":
        return False
    if node.text in ("in", "not-in"):
        seen = values[node.args[1]]
        made = seen.op == "call" and values[seen.args[0]].text == "set" and len(seen.args) == 1
        return (made or seen.op in ("set", "list", "map")) and (node.text == "in") != (step.kind == "true")
    return all(values[side].op == "attr" and values[side].text == "version" for side in node.args)


def _leaves(function: Function, event: Event, last: int) -> bool:
    """Tell whether the other outcome of a condition in a loop ends the function."""
    events = function.facts.events
    other = "false" if event.kind == "true" else "true"
    for end in events[:last]:
        step = end.dominator if end.kind in ("return", "raise") else -1
        while step >= 0 and events[step].kind == "call":
            step = events[step].dominator
        if step >= 0 and (events[step].kind, events[step].value) == (other, event.value):
            return True
    return False


def _cuts_scope(function: Function) -> bool:
    """Tell whether a function cuts addresses at a percent sign."""
    values = function.facts.values
    calls = (values[event.value] for event in function.calls())
    return any(
        values[call.args[0]].text in ("split", "partition", "rsplit", "rpartition")
        and any(values[argument].op == "str" and values[argument].text == "%" for argument in call.args[1:])
        for call in calls
    )
