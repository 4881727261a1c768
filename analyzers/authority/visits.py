"""The functions that entry points reach, with what they are given in terms of the entry points' parameters."""

from collections import deque
from collections.abc import Iterator

import msgspec

from analyzers.authority.given import Given
from analyzers.flow.bindings import Bindings
from analyzers.flow.summaries import Flow
from analyzers.project.program import Function

MAX_FUNCTIONS = 60


class Visit(msgspec.Struct, frozen=True):
    """A function that an entry point reaches, with what it is given in terms of the entry point's parameters."""

    function: Function
    given: Given


def reached(flow: Flow, root: Function) -> Iterator[Visit]:
    """Yield the functions that a call runs, with their parameters in terms of the root's."""
    seen: set[str] = set()
    waiting = deque([Visit(root, Given(flow.labeler, Bindings))])
    while waiting and len(seen) < MAX_FUNCTIONS:
        visit = waiting.popleft()
        function = visit.function
        if function.id in seen:
            continue
        seen.add(function.id)
        yield visit
        for event in function.calls():
            node = function.facts.values[event.value]
            for callee, owner in flow.resolver.functions(function, node.args[0]):
                if callee.facts.name != "__init__" and callee.id not in seen:
                    waiting.append(
                        Visit(callee, visit.given.on(function, node, callee, has_receiver=owner is not None))
                    )


class Visits:
    """What entry points reach, of those that one handler answers told apart once for all of them."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._root = ""
        self._found: tuple[Visit, ...] = ()

    def of(self, root: Function) -> tuple[Visit, ...]:
        """Return the functions that a call runs; entry points of one handler follow one another."""
        if root.id != self._root:
            self._root, self._found = root.id, tuple(reached(self._flow, root))
        return self._found
