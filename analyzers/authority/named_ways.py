"""What a dispatcher does for one name alone, and whether it asks for names together with something else."""

from collections.abc import Callable

from analyzers.authority.passage import MAX_FUNCTIONS
from analyzers.facts import Event
from analyzers.flow.guards import Guards
from analyzers.flow.summaries import Flow
from analyzers.project.branches import Branch, Step
from analyzers.project.program import Function
from analyzers.walks import reached

BRANCHES = ("true", "false")
Asked = Callable[[Guards], bool]


def only_behind(flow: Flow, branch: Branch) -> list[Function]:
    """Return the functions that only the name of a branch leads to, at the most so many."""
    function = branch.function
    called = [
        callee
        for event in function.calls()
        if branch.is_exclusive(event)
        for callee, _ in flow.resolver.functions(function, function.facts.values[event.value].args[0])
    ]
    return list(reached(called, flow.callees, MAX_FUNCTIONS))


def asks_by_name(flow: Flow, branch: Branch, asked: Asked) -> bool:
    """Tell whether the name is compared in a condition that is asked for, or behind one."""
    here = Step(branch.function, -1, branch.subject)
    return any(
        any(_is_about(flow, function, earlier, asked) for earlier in (step, *function.chain(step.dominator)))
        for function, _, subject in (*branch.via, here)
        for step in function.facts.events
        if step.kind in BRANCHES and not set(subject).isdisjoint(function.made_of(step.value))
    )


def _is_about(flow: Flow, function: Function, step: Event, asked: Asked) -> bool:
    return step.kind in BRANCHES and any(
        asked(flow.guards.known(function, step.value, truth)) for truth in (True, False)
    )
