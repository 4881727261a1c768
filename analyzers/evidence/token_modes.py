"""Modes of the process in which a caller's token is not taken up: `if settings.own_account: return own()` before it."""

from collections.abc import Iterator

from analyzers.authority.passage import passed_functions
from analyzers.authority.rows import Row
from analyzers.authority.unconfigured import is_taken
from analyzers.facts import Event
from analyzers.flow.labels import is_identity, is_selected
from analyzers.flow.passed_by import OTHER, denying
from analyzers.flow.summaries import Flow
from analyzers.project.program import Function

JOINED = ("and", "or", "not")
MAX_FUNCTIONS = 400
UNEQUAL = ("!=", "is-not")
MOST = 2
MAX_HOPS = 4


def modes_before(flow: Flow, row: Row, function: Function, value: int) -> int:
    """Return how many modes have to be off for a call of an entry point to hand on a value of a function, up to two.

    A switch that is off unless somebody configures it is none: what is left is how the program runs.
    """
    passed = {function.id: function for function in passed_functions(flow, row, MAX_FUNCTIONS)}
    own = {function.id for function in (row.entry.handler, row.entry.inner) if function is not None}
    uses = [event for event in function.calls() if value in function.facts.values[event.value].args]
    return ModeReader(flow, passed, own).least(function, [use.value for use in uses], 0)


class ModeReader:
    """Counts what has to be off on the way from an entry point to a call."""

    def __init__(self, flow: Flow, passed: dict[str, Function], own: set[str]) -> None:
        self._flow = flow
        self._passed = passed
        self._own = own

    def least(self, function: Function, calls: list[int], hops: int) -> int:
        """Return the least that calls of a function need, with the ways from the entry point to the function."""
        here = min((self._count(function, call) for call in calls), default=0)
        if here >= MOST or hops == MAX_HOPS or function.id in self._own:
            return min(here, MOST)
        sites = self._sites(function)
        before = min((self.least(caller, found, hops + 1) for caller, found in sites), default=0)
        return min(here + before, MOST)

    def _sites(self, called: Function) -> Iterator[tuple[Function, list[int]]]:
        for caller in self._passed.values():
            if called in self._flow.callees(caller):
                calls = [event.value for event in caller.calls() if self._leads(caller, event.value, called)]
                if calls:
                    yield caller, calls

    def _leads(self, caller: Function, call: int, called: Function) -> bool:
        callee = caller.facts.values[call].args[0]
        return any(found is called for found, _ in self._flow.resolver.functions(caller, callee))

    def _count(self, function: Function, call: int) -> int:
        events, left = function.facts.events, set(denying(function))
        step, count = events[function.event_of(call)].dominator, 0
        while step >= 0:
            event = events[step]
            if step in left and _is_off(function, event) and self._is_switch(function, event.value):
                count += not is_taken(self._flow, function, event) and _answers_otherwise(function, event)
            step = event.dominator
        return count

    def _is_switch(self, function: Function, value: int) -> bool:
        """Tell whether a condition asks for a setting, and for nothing of a caller."""
        labels = self._flow.labeler.labels(function, value)
        return not (is_selected(labels) or is_identity(labels)) and any(
            self._flow.optional.asks_switch(function, part) for part in _parts(function, value)
        )


def _is_off(function: Function, branch: Event) -> bool:
    """Tell whether what a condition asks for was not so; what has to be set for a call is no other mode."""
    node, is_true = function.facts.values[branch.value], branch.kind == "true"
    while node.op == "not":
        node, is_true = function.facts.values[node.args[0]], not is_true
    return is_true == (node.op == "compare" and node.text in UNEQUAL)


def _answers_otherwise(function: Function, branch: Event) -> bool:
    """Tell whether the other outcome of a condition answers with something made: not with what was asked for, kept."""
    values, other = function.facts.values, (OTHER[branch.kind], branch.value)
    asked = {values[part].text for part in _parts(function, branch.value)} - {""}
    for event in function.facts.events:
        if event.kind == "return" and any((step.kind, step.value) == other for step in function.chain(event.dominator)):
            made = [values[part] for part in function.made_of(event.value)]
            if any(node.op == "call" for node in made) and asked.isdisjoint(node.text for node in made):
                return True
    return False


def _parts(function: Function, value: int) -> Iterator[int]:
    node = function.facts.values[value]
    if node.op not in JOINED:
        yield value
    for part in node.args if node.op in JOINED else ():
        yield from _parts(function, part)
