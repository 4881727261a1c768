"""The functions that a call of an entry point passes, in which what guards or records it may stand."""

from collections.abc import Iterable, Iterator

from analyzers.authority.rows import Row
from analyzers.flow.summaries import Flow
from analyzers.project.program import Function
from analyzers.project.wrapping import decorations, wrappers_of
from analyzers.walks import reached

MAX_FUNCTIONS = 48


def passed_functions(flow: Flow, row: Row, most: int = MAX_FUNCTIONS) -> list[Function]:
    """Return the handler, what dispatches to it, wraps it or stands before it, and all that these call."""
    handler = row.entry.handler
    if handler is None:
        return []
    passed = [handler]
    if row.entry.branch is not None:
        passed.extend([row.entry.branch.function, *(step.function for step in row.entry.branch.via)])
    registered = [wrapper for applied in row.entry.around for wrapper in wrappers_of(flow.resolver, applied)]
    passed.extend(wrapper.body for wrapper in (*registered, *decorations(flow.resolver, handler)))
    # Routes are answered beside the protocol, in which the hooks of calls stand.
    hooks = row.state.hooks if row.entry.kind != "route" else ()
    passed.extend(hook.function for hook in hooks if hook.function is not None and hook.handles_calls)
    return list(reached(_run(passed), lambda function: _run(flow.callees(function)), most))


def _run(functions: Iterable[Function]) -> Iterator[Function]:
    return (function for function in functions if function.facts.kind != "class")
