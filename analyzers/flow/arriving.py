"""What was found of a value on each way that leads to it: `if kind not in KINDS: kind = "note"` leaves one of them."""

from analyzers.flow.conditions import GuardReader
from analyzers.flow.guards import EMPTY, Guard, Guards, Place
from analyzers.project.program import Function


def on_each_way(guards: GuardReader, function: Function, value: int) -> tuple[Guards, ...]:
    """Return what holds on the way of each operand of a choice alone, nothing where the ways are not known."""
    node = function.facts.values[value]
    if node.op == "select":
        return guards.known(function, node.args[0], True), guards.known(function, node.args[0], False)
    ends = function.facts.joins.get(value)
    if ends is None:
        return (EMPTY,) * len(node.args)
    fork = _fork(function, *ends)
    return tuple(_behind(guards, function, end, fork) for end in ends)


def _fork(function: Function, first: int, second: int) -> int:
    while first != second:
        if first > second:
            first = function.facts.events[first].dominator
        else:
            second = function.facts.events[second].dominator
    return first


def _behind(guards: GuardReader, function: Function, end: int, fork: int) -> Guards:
    found: dict[Guard, Place] = {}
    while end != fork:
        event = function.facts.events[end]
        found.update(guards.established(function, event))
        end = event.dominator
    return found
