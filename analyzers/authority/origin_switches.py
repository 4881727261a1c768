"""Where a program turns the check of hosts off after a server was made: `mcp.settings.transport_security.x = False`."""

from analyzers.authority.unconfigured import is_left_out_by_default
from analyzers.facts import Event
from analyzers.flow.summaries import Flow
from analyzers.frameworks import mcp
from analyzers.project.program import Function
from analyzers.project.servers import Server
from analyzers.project.surface import Surface
from analyzers.project.targets import Reference

BRANCHES = ("true", "false")
# What leads from a server to the switch.
SETTINGS = ("settings", "transport_security")


def switched_later(flow: Flow, surface: Surface, server: Server) -> Reference | None:
    """Return what the switch of a server is set to where that turns the check off, and not only for who asks for it."""
    for function, event in flow.program.stores(mcp.REBINDING_SWITCH):
        is_off = function.facts.values[event.value].text == "False"
        if not is_off or not surface.is_product(function) or server not in _owners(surface, function, event.target):
            continue
        if not _is_asked_for(flow, server, function, event):
            return Reference(function, event.value)
    return None


def _is_asked_for(flow: Flow, server: Server, function: Function, event: Event) -> bool:
    """Tell whether a setting decides on a statement that does not decide on serving over HTTP as well."""
    start = server.runs.get("http")
    position = function.event_of(start.value) if start is not None and start.function is function else -1
    serving = (
        {id(step) for step in function.chain(function.facts.events[position].dominator)} if position >= 0 else set()
    )
    steps = (step for step in function.chain(event.dominator) if step.kind in BRANCHES and id(step) not in serving)
    return any(is_left_out_by_default(flow, function, step) for step in steps)


def _owners(surface: Surface, function: Function, value: int) -> list[Server]:
    node = function.facts.values[value]
    for name in reversed(SETTINGS):
        if node.op != "attr" or node.text != name:
            return []
        value, node = node.args[0], function.facts.values[node.args[0]]
    return surface.servers_of(function, value) or surface.bound(function, value)
