"""Which events happen in each run of a function: by themselves, or one of several on its branches."""

from collections.abc import Callable, Container, Iterable, Iterator, Set

from analyzers.facts import Event
from analyzers.project.program import Function
from analyzers.walks import reached

OPPOSITE = {"true": "false", "false": "true"}
# Behind these an event need not happen though what dominates it does.
LEAVING = ("each", "swallow")


def covers(function: Function, positions: Iterable[int], is_given: Callable[[Event], bool] = lambda _: False) -> bool:
    """Tell whether one of some events happens in each run of a function that comes to its end.

    A branch is covered by an event right on it, or by both ways of a condition on it, or by one if that `is_given`.
    """
    events = function.facts.events
    waiting = [_branch(function, position) for position in positions]
    covered: set[tuple[str, int]] = set()
    while waiting:
        branch = waiting.pop()
        if branch < 0:
            return True
        event = events[branch]
        way = (event.kind, event.value)
        if event.kind in LEAVING or way in covered:
            continue
        covered.add(way)
        if (OPPOSITE[event.kind], event.value) in covered or is_given(event):
            waiting.append(_branch(function, branch))
    return False


def _branch(function: Function, position: int) -> int:
    """Return the branch that an event stands on, -1 where it stands on none."""
    events = function.facts.events
    at = events[position].dominator
    while at >= 0 and events[at].kind not in (*OPPOSITE, *LEAVING):
        at = events[at].dominator
    return at


def before(function: Function, position: int) -> set[int]:
    """Return the events that have completed wherever one happens."""
    return set(_completed(function, function.facts.events[position].dominator))


def precedes_returns(function: Function, positions: frozenset[int]) -> bool:
    """Tell whether one of some events, not always the same one, has completed whenever the function returns."""
    ends = ends_of(function)
    return bool(ends) and all(end & positions for end in ends)


def ends_behind(function: Function, deeds: Container[int]) -> list[frozenset[int]]:
    """Return the events that have completed, for each way to return normally once something was done."""
    return [end for end in ends_of(function) if any(at in deeds for at in end)]


def ends_of(function: Function) -> list[frozenset[int]]:
    """Return the events that have completed, for each way to return normally."""
    events = function.facts.events
    ends = [event.dominator for event in events if event.kind == "return"]
    ends.extend([function.facts.falls] if function.facts.falls != -2 else [])
    return [frozenset(_completed(function, end)) for end in ends]


def _completed(function: Function, event: int) -> Iterator[int]:
    while event >= 0:
        yield event
        event = function.facts.events[event].dominator


def is_late(function: Function, event: Event, through: Container[int]) -> bool:
    """Tell whether an event only happens once one of some others has completed."""
    return any(at in through for at in _completed(function, event.dominator))


def is_final(function: Function, position: int, through: Container[int], earlier: Set[int]) -> bool:
    """Tell whether an event behind some others asks for no more than these did: `finally`, or where ways meet.

    What else is done there before it asks for nothing, nor does a flag that only failures change.
    """
    events = function.facts.events
    asked = {at for at in before(function, position) - earlier if events[at].kind in (*OPPOSITE, *LEAVING)}
    return any(at in through for at in range(position)) and all(_is_kept_flag(function, events[at]) for at in asked)


def _is_kept_flag(function: Function, event: Event) -> bool:
    """Tell whether a condition asks a flag for what it is from the beginning, until an error was caught."""
    values, events = function.facts.values, function.facts.events
    asked, truth = event.value, event.kind == "true"
    while event.kind in OPPOSITE and values[asked].op == "not":
        asked, truth = values[asked].args[0], not truth
    ways = set(reached([asked], lambda way: values[way].args if values[way].op == "phi" else ()))
    names = {step.text for step in events if step.kind == "flag" and step.value in ways}
    flags = sorted((step for step in events if step.kind == "flag" and step.text in names), key=lambda step: step.start)
    caught = [step.start for step in events if step.kind == "swallow"]
    if len(flags) < 2 or not caught or any(step.start < min(caught) for step in flags[1:]):
        return False
    return (values[flags[0].value].text == "True") == truth


def is_failing(function: Function, event: Event) -> bool:
    """Tell whether an event only happens where an error was caught."""
    return any(step.kind == "swallow" for step in function.chain(event.dominator))


def is_refusing(function: Function, event: Event) -> bool:
    """Tell whether an event, which completes before no normal return, is always followed by an error raised there."""
    for end in function.facts.events:
        if end.kind != "raise":
            continue
        for step in function.chain(end.dominator):
            if step is event:
                return True
            if step.kind in OPPOSITE:
                break
    return False
