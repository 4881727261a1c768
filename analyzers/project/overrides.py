"""What a program's own class of servers does at each call: its `call_tool`, which hands on to the framework's."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from analyzers.frameworks.mcp import CALL_METHOD, DECLARATIONS, OVERRIDABLE
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver
from analyzers.project.servers import Server
from analyzers.project.targets import Reference

if TYPE_CHECKING:
    from analyzers.project.surface import Surface

# Where a tool of the framework keeps its handler, and where a server keeps its tools.
HANDLER, TOOLS = "fn", "_tool_manager"
# The position of the called name among the parameters, behind `self`.
NAME = 1


def override_of(resolver: Resolver, server: Server) -> Function | None:
    """Return the method of a server's class that runs at each call in the place of the framework's own."""
    if server.framework not in OVERRIDABLE:
        return None
    for target in resolver.resolve(server.site.function, server.site.value):
        if target.kind == "instance" and target.function is not None:
            method = resolver.method(target.function, CALL_METHOD)
            return method if method is not None and len(method.facts.parameters) > NAME else None
    return None


def handed_on(function: Function) -> Iterator[int]:
    """Yield the positions of the events at which such a method hands a call on: `super().call_tool(...)`."""
    if function.facts.kind != "method" or function.facts.name != CALL_METHOD:
        return
    values = function.facts.values
    for position, event in enumerate(function.facts.events):
        callee = values[values[event.value].args[0]] if event.kind == "call" else None
        if callee is not None and callee.op == "attr" and callee.text == CALL_METHOD:
            yield position


def replacing(surface: "Surface", server: Server) -> Iterator[Function]:
    """Yield what a loop over all tools of a server puts in the place of their handlers: `tool.fn = wrapped`."""
    for function, event in surface.program.stores(HANDLER):
        values = function.facts.values
        if values[event.target].op not in ("element", "item"):
            continue
        kept = [values[part] for part in function.made_of(event.target) if values[part].text == TOOLS]
        if any(server in surface.receivers(function, node.args[0], sure=False) for node in kept if node.op == "attr"):
            yield from (wrapper for wrapper, _ in surface.resolver.functions(function, event.value))


def registering(resolver: Resolver, server: Server) -> Iterator[Reference]:
    """Yield what a server's class calls with the functions that are registered with it: `super().tool(wrap(f))`."""
    classes = (target.function for target in resolver.resolve(server.site.function, server.site.value))
    methods = (resolver.method(cls, name) for cls in classes if cls is not None for name in DECLARATIONS)
    for method in methods:
        for function in method.file.functions if method is not None else ():
            if function is method or function.parent is method:
                calls = (function.facts.values[event.value] for event in function.calls())
                yield from (Reference(function, call.args[0]) for call in calls if len(call.args) == 2)
