"""The functions that entry points reach, with what they are given in terms of the entry points' parameters."""

from collections import deque
from collections.abc import Iterator
from itertools import pairwise

import msgspec

from analyzers.authority.given import Given
from analyzers.flow.bindings import Bindings
from analyzers.flow.summaries import Flow
from analyzers.project.branches import Branch, Step
from analyzers.project.program import Function

MAX_FUNCTIONS = 60


class Visit(msgspec.Struct, frozen=True):
    """A function that an entry point reaches, with what it is given in terms of the entry point's parameters."""

    function: Function
    given: Given


def reached(flow: Flow, root: Function, branch: Branch | None = None) -> Iterator[Visit]:
    """Yield the functions that a call runs, for one name that is told apart, with their parameters as the root's."""
    seen: set[str] = set()
    waiting = deque([Visit(root, Given(flow.labeler, Bindings))])
    while waiting and len(seen) < MAX_FUNCTIONS:
        visit = waiting.popleft()
        function = visit.function
        if function.id in seen:
            continue
        seen.add(function.id)
        yield visit
        for index, event in enumerate(function.facts.events):
            if event.kind != "call":
                continue
            node = function.facts.values[event.value]
            for callee, owner in flow.resolver.functions(function, node.args[0]):
                is_run = branch is None or _is_on_the_way(branch, function, index, callee)
                if is_run and callee.facts.name != "__init__" and callee.id not in seen:
                    waiting.append(
                        Visit(callee, visit.given.on(function, node, callee, has_receiver=owner is not None))
                    )


def _is_on_the_way(branch: Branch, function: Function, index: int, callee: Function) -> bool:
    """Tell whether a call of a dispatcher runs a function for its name, where it is known what that leads to."""
    if function is branch.function:
        return branch.is_alive(function.facts.events[index]) and (index != branch.event or callee is branch.handler)
    led = [
        after
        for step, after in pairwise([*branch.via, Step(branch.function, branch.event, ())])
        if (step.function, step.event) == (function, index)
    ]
    return not led or any(after.function is callee for after in led)


class Visits:
    """What entry points reach, of those that follow one another and run the same found once."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._root = ("", "")
        self._found: tuple[Visit, ...] = ()

    def of(self, root: Function, branch: Branch | None = None) -> tuple[Visit, ...]:
        """Return the functions that a call runs, for the name of a branch where a handler tells names apart."""
        key = (root.id, branch.name if branch is not None else "")
        if key != self._root:
            self._root, self._found = key, tuple(reached(self._flow, root, branch))
        return self._found
