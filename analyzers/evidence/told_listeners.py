"""Wrappers of tools that tell whoever listens of each call, who may record it: `await hooks.fire(tool_name=...)`."""

from analyzers.authority.rows import Row
from analyzers.authority.tool_names import names_function
from analyzers.flow.guards import Place
from analyzers.flow.summaries import Flow
from analyzers.project.program import Function
from analyzers.project.wrapping import decorations

TELLING = frozenset({"fire", "emit", "publish", "dispatch", "notify", "trigger", "broadcast"})


def told_at(flow: Flow, row: Row) -> Place | None:
    """Return where what is put around a tool tells listeners its name before it runs, None where nothing does."""
    handlers = dict.fromkeys(item for item in (row.entry.handler, row.entry.inner) if item is not None)
    wrappers = (wrapper.body for handler in handlers for wrapper in decorations(flow.resolver, handler))
    return next((place for wrapper in wrappers if (place := _tells(flow, wrapper)) is not None), None)


def _tells(flow: Flow, wrapper: Function) -> Place | None:
    values = wrapper.facts.values
    for event in wrapper.calls():
        node = values[event.value]
        callee = values[node.args[0]]
        certain = not any(step.kind in ("true", "false", "swallow") for step in wrapper.chain(event.dominator))
        told = certain and callee.op == "attr" and not TELLING.isdisjoint(callee.text.split("_"))
        if told and any(names_function(wrapper, value) for value in node.args[1:]):
            return flow.guards.place(wrapper, event.start)
    return None
