"""Checks that an operator's switch turns on, as where connections are authenticated, or that a start installs."""

from analyzers.authority.passage import passed_functions
from analyzers.authority.rows import Row
from analyzers.authority.weak_functions import checks_in
from analyzers.flow.labels import is_identity, is_selected
from analyzers.flow.summaries import Flow
from analyzers.project.program import Function


def has_switched_check(flow: Flow, row: Row) -> bool:
    """Tell whether a middleware of the server checks callers behind a switch that the process, not a call, decides."""
    return any(
        _is_switched(flow, hook.function, index)
        for hook in row.state.hooks
        if hook.handles_calls and hook.function is not None
        for index, _ in checks_in(flow, hook.function)
    )


def _is_switched(flow: Flow, function: Function, index: int) -> bool:
    events = function.facts.events
    step = events[index].dominator
    while step >= 0:
        labels = flow.labeler.labels(function, events[step].value)
        if not is_selected(labels) and not is_identity(labels) and flow.optional.switch(function, step) is not None:
            return events[step].kind == "true"
        step = events[step].dominator
    return False


def has_installed_check(flow: Flow, row: Row) -> bool:
    """Tell whether a call passes `if check is not None: check(tool)`, and something that refuses is put there."""
    return any(_asks_installed(flow, function) for function in passed_functions(flow, row))


def _asks_installed(flow: Flow, function: Function) -> bool:
    installed = flow.resolver.global_stores(function.file.module)
    values = function.facts.values
    for event in function.calls() if installed else ():
        node = values[event.value]
        name = values[node.args[0]].text
        if name not in installed or len(node.args) == 1:
            continue
        asked = (step.value for step in function.chain(event.dominator) if step.kind in ("true", "false"))
        if any(values[part].text == name for value in asked for part in function.made_of(value)):
            targets = flow.resolver.functions(function, node.args[0])
            return any(_may_refuse(flow, target) for target, _ in targets)
    return False


def _may_refuse(flow: Flow, function: Function) -> bool:
    """Tell whether a function raises by what it asks, itself or in one that it calls."""
    return any(
        event.kind == "raise" and any(step.kind in ("true", "false") for step in one.chain(event.dominator))
        for one in (function, *flow.callees(function))
        for event in one.facts.events
    )
