"""Calls of functions that always raise: what follows the branch of such a call knows that it was not taken.

Those of the same file end a path while it is read. Others are known once the files are linked: `if not ok: refuse()`,
`except ValueError: refuse()` with a `refuse` that is imported.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from analyzers.facts import Event
from analyzers.project.program import Function, Program

if TYPE_CHECKING:
    from analyzers.project.resolve import Resolver

CONDITIONS = ("true", "false")
BRANCHES = (*CONDITIONS, "swallow")
ENDS = ("return", "raise")
MAX_ROUNDS = 3


class Turn(msgspec.Struct, frozen=True):
    """Where paths met at an event `before`, of which one never gets there: what follows is behind `after`.

    `first` is the event with which the paths part, `start` where the statement begins, `met` the last of its events.
    """

    before: int
    after: int
    first: int
    start: int
    met: int


def end_refusals(program: Program, resolver: "Resolver") -> None:
    """End the paths on which a function of the program that always raises is called."""
    known: set[str] = set()
    raising = [function for function in program.functions() if _always_raises(function)]
    for _ in range(MAX_ROUNDS):
        known.update(function.id for function in raising)
        ended: dict[str, tuple[Function, set[int]]] = {}
        for name in sorted({function.facts.name for function in raising}):
            for function, call in program.call_sites(name):
                if _never_returns(resolver, function, call, known):
                    ended.setdefault(function.id, (function, set()))[1].add(function.event_of(call))
        stopped = [function for function, calls in ended.values() if _end(function, calls)]
        raising = [function for function in stopped if _returns_nowhere(function)]


def _always_raises(function: Function) -> bool:
    """Tell whether a function never comes back; one that leaves its work to those who override it does."""
    raised = [event for event in function.facts.events if event.kind == "raise"]
    return bool(raised) and _returns_nowhere(function) and not any(_is_abstract(function, event) for event in raised)


def _returns_nowhere(function: Function) -> bool:
    facts = function.facts
    if facts.falls != -2 or facts.kind not in ("function", "method") or facts.decorators or facts.is_generator:
        return False
    return not any(event.kind == "return" for event in facts.events)


def _is_abstract(function: Function, event: Event) -> bool:
    node = function.facts.values[event.value] if event.value >= 0 else None
    while node is not None and node.op == "call":
        node = function.facts.values[node.args[0]]
    return node is not None and node.text == "NotImplementedError"


def _never_returns(resolver: "Resolver", function: Function, call: int, known: set[str]) -> bool:
    """Tell whether a call with which its branch ends never returns."""
    events, index = function.facts.events, function.event_of(call)
    if index < 0 or any(index in (event.dominator, _round(event)) for event in events):
        return False
    called = [callee for callee, _ in resolver.functions(function, function.facts.values[call].args[0])]
    awaited = events[index].text == "await"
    return bool(called) and all(callee.id in known and callee.facts.is_async in (False, awaited) for callee in called)


def _round(event: Event) -> int:
    """Return the last event of each round of a loop that is told of."""
    return event.target if event.kind == "each" else -1


def _end(function: Function, calls: set[int]) -> bool:
    """End paths of a function at calls; tell whether one of them ends the function."""
    if any(value.text.rpartition("|")[2] == "suppress" for value in function.facts.values):
        return False
    at_once = False
    for call in sorted(calls):
        events = function.facts.events
        head = next((index for index in _chain(events, call) if events[index].kind in BRANCHES), -1)
        if head < 0:
            at_once = at_once or function.facts.falls == call
            continue
        is_handler = events[head].kind == "swallow"
        turn = _without_handlers(events, head, calls) if is_handler else _otherwise(events, head, call)
        if turn is not None:
            _take(function, turn)
    if at_once:
        function.facts = msgspec.structs.replace(function.facts, falls=-2)
    return at_once


def _otherwise(events: tuple[Event, ...], head: int, call: int) -> Turn | None:
    """The condition under which the call is made is known not to hold."""
    taken = events[head]
    for index, event in enumerate(events):
        alike = (event.value, event.dominator) == (taken.value, taken.dominator)
        if alike and event.kind in CONDITIONS and event.kind != taken.kind:
            return Turn(taken.dominator, index, head, taken.start, max(call, index))
    return None


def _without_handlers(events: tuple[Event, ...], head: int, calls: set[int]) -> Turn | None:
    """The body of a `try` is known to have completed where none of its handlers goes on."""
    first, before = events[head].target, events[head].dominator
    handlers = [index for index, event in enumerate(events) if event.kind == "swallow" and event.target == first]
    lasts = [_straight(events, handler, handler + 1, len(events)) for handler in handlers]
    if not all(last in calls or events[last].kind in ENDS for last in lasts):
        return None
    after = _straight(events, before, first, handlers[0])
    return Turn(before, after, first, events[first].start, handlers[-1]) if after > before else None


def _straight(events: tuple[Event, ...], index: int, start: int, end: int) -> int:
    """Return the last of the events behind one that follow each other under no condition."""
    for later in range(start, end):
        if events[later].dominator == index and events[later].kind not in BRANCHES:
            index = later
    return index


def _take(function: Function, turn: Turn) -> None:
    """Have what follows come behind the path that gets there, up to the end of the loop or `try` around."""
    events, falls = list(function.facts.events), function.facts.falls
    for index in range(turn.met + 1, len(events)):
        event = events[index]
        if event.kind == "each" and event.start < turn.start:
            if event.target == turn.before:
                events[index] = msgspec.structs.replace(event, target=turn.after)
            break
        if event.kind == "swallow" and event.target <= turn.first:
            break
        if event.dominator == turn.before:
            events[index] = msgspec.structs.replace(event, dominator=turn.after)
    else:
        falls = turn.after if falls == turn.before else falls
    function.facts = msgspec.structs.replace(function.facts, events=tuple(events), falls=falls)


def _chain(events: tuple[Event, ...], index: int) -> Iterator[int]:
    while index >= 0:
        yield index
        index = events[index].dominator
