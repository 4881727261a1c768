"""What a program's own class of servers does at each call: its `call_tool`, which hands on to the framework's."""

from collections.abc import Iterator

from analyzers.frameworks.mcp import CALL_METHOD, OVERRIDABLE
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver
from analyzers.project.servers import Server

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
