"""Refusals of what requests pass through that all lie behind a setting which nobody has made."""

from collections.abc import Iterator, Sequence

from analyzers.authority.refusals import raises_refusal, states_denial
from analyzers.authority.unconfigured import is_left_out_by_default
from analyzers.facts import Event
from analyzers.flow.summaries import Flow
from analyzers.project.program import Function

BRANCHES = ("true", "false")
ENDS = ("return", "raise", "call")


def skipped_refusals(flow: Flow, functions: Sequence[Function]) -> list[tuple[Function, Event]]:
    """Return the branches behind which some functions refuse, where none of their refusals lies anywhere else.

    `if KEY and path != "/health":` around what compares a key refuses nobody as long as there is no key.
    """
    found: list[tuple[Function, Event]] = []
    for function in functions:
        for event in _refusing(function):
            branch = _skipped(flow, function, event)
            branches = [(function, branch)] if branch is not None else _of_calls(flow, function, functions)
            if not branches:
                return []
            found.extend(branches)
    return found


def _refusing(function: Function) -> Iterator[Event]:
    for event in function.facts.events:
        if event.kind in ENDS and event.value >= 0:
            refuses = event.kind == "raise" and raises_refusal(function, event)
            if refuses or states_denial(function, event.value):
                yield event


def _skipped(flow: Flow, function: Function, event: Event) -> Event | None:
    """Return the branch before an event that is not taken as long as every setting keeps its default."""
    steps = (step for step in function.chain(event.dominator) if step.kind in BRANCHES)
    return next((step for step in steps if is_left_out_by_default(flow, function, step)), None)


def _of_calls(flow: Flow, helper: Function, functions: Sequence[Function]) -> list[tuple[Function, Event]]:
    """Return such branches before every call of a helper that answers a refusal, nothing where one has none."""
    found: list[tuple[Function, Event]] = []
    for function in functions:
        for event in function.calls() if function is not helper else ():
            callees = flow.resolver.functions(function, function.facts.values[event.value].args[0])
            if any(callee is helper for callee, _ in callees):
                branch = _skipped(flow, function, event)
                if branch is None:
                    return []
                found.append((function, branch))
    return found
