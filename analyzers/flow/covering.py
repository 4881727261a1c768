"""Which events happen in each run of a function: by themselves, or one of several on its branches."""

from collections.abc import Iterable

from analyzers.project.program import Function

OPPOSITE = {"true": "false", "false": "true"}
# Behind these an event need not happen though what dominates it does.
LEAVING = ("each", "swallow")


def covers(function: Function, positions: Iterable[int]) -> bool:
    """Tell whether one of some events happens in each run of a function that comes to its end.

    A branch is covered by an event right on it, or by both ways of a condition on it.
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
        if (OPPOSITE[event.kind], event.value) in covered:
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
    found: set[int] = set()
    at = function.facts.events[position].dominator
    while at >= 0:
        found.add(at)
        at = function.facts.events[at].dominator
    return found


def certain_of(function: Function) -> frozenset[int]:
    """Return the events that have completed whenever the function returns normally."""
    events = function.facts.events
    ends = [event.dominator for event in events if event.kind == "return"]
    ends.extend([function.facts.falls] if function.facts.falls != -2 else [])
    found: frozenset[int] | None = None
    for end in ends:
        chain = set()
        event = end
        while event >= 0:
            chain.add(event)
            event = events[event].dominator
        found = frozenset(chain) if found is None else found & chain
    return found or frozenset()
