"""The functions that a call of an entry point passes, in which what guards or records it may stand."""

from analyzers.authority.rows import Row
from analyzers.flow.summaries import Flow
from analyzers.project.program import Function
from analyzers.project.wrapping import decorations, wrappers_of

MAX_FUNCTIONS = 48


def passed_functions(flow: Flow, row: Row, most: int = MAX_FUNCTIONS) -> list[Function]:
    """Return the handler, what dispatches to it, wraps it or stands before it, and all that these call."""
    handler = row.entry.handler
    if handler is None:
        return []
    waiting = [handler]
    if row.entry.branch is not None:
        waiting.extend([row.entry.branch.function, *(step.function for step in row.entry.branch.via)])
    registered = [wrapper for applied in row.entry.around for wrapper in wrappers_of(flow.resolver, applied)]
    waiting.extend(wrapper.body for wrapper in (*registered, *decorations(flow.resolver, handler)))
    waiting.extend(hook.function for hook in row.state.hooks if hook.function is not None and hook.handles_calls)
    seen: dict[str, Function] = {}
    while waiting and len(seen) < most:
        function = waiting.pop(0)
        if function.id not in seen and function.facts.kind != "class":
            seen[function.id] = function
            waiting.extend(flow.callees(function))
    return list(seen.values())
