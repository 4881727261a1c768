"""Helpers that are given who calls and the name of a right, and refuse by what is looked up of both."""

from collections.abc import Iterator

from analyzers.authority.rows import Row
from analyzers.facts import Event
from analyzers.flow.summaries import Flow
from analyzers.frameworks.identity import is_guard_name, may_be_identity
from analyzers.project.program import Function
from analyzers.project.targets import taking


def asks_for_right(flow: Flow, row: Row) -> bool:
    """Tell whether a call of a tool passes such a helper: `await ensure_permission(user, "orders.delete")`."""
    return any(_asks(flow, function, event.value) for function, event in _calls(row))


def _calls(row: Row) -> Iterator[tuple[Function, Event]]:
    """Yield the calls of an entry point's own functions; of a dispatcher those that are made for it."""
    branch = row.entry.branch
    dispatcher = branch.function if branch is not None else None
    for function in dict.fromkeys((row.entry.handler, row.entry.inner, dispatcher)):
        for event in function.calls() if function is not None else ():
            if function is not None and (branch is None or function is not dispatcher or branch.is_alive(event)):
                yield function, event


def _asks(flow: Flow, function: Function, call: int) -> bool:
    values = function.facts.values
    callee, *given = values[call].args
    if not is_guard_name(function.name_of(callee).lstrip("_")):
        return False
    rights = {value for value in given if value >= 0 and flow.resolver.text(function, value)}
    callers = {value for value in given if value >= 0 and may_be_identity(function.name_of(value))}
    return any(
        _refuses(
            flow,
            helper,
            taking(helper, values[call], rights, has_receiver=owner is not None),
            taking(helper, values[call], callers, has_receiver=owner is not None),
        )
        for helper, owner in (flow.resolver.functions(function, callee) if rights and callers else ())
    )


def _refuses(flow: Flow, helper: Function, rights: list[int], callers: list[int]) -> bool:
    """Tell whether a helper raises by what another call answers that is given the right, of the caller or for it."""
    return any(
        helper.facts.values[part].op == "call" and _looks_up(flow, helper, part, rights, callers)
        for end in helper.facts.events
        if end.kind == "raise"
        for step in helper.chain(end.dominator)
        if step.kind in ("true", "false")
        for part in helper.made_of(step.value)
    )


def _looks_up(flow: Flow, helper: Function, call: int, rights: list[int], callers: list[int]) -> bool:
    callee, *given = helper.facts.values[call].args
    if set(rights).isdisjoint(given) or set(callers).isdisjoint(helper.made_of(call)):
        return False
    asked = [function for function, _ in flow.resolver.functions(helper, callee)]
    return not asked or any(flow.summary(function).effects for function in asked)
