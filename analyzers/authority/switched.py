"""Checks of middleware that an operator's switch turns on, as where connections are authenticated."""

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
