"""What a server class of the program gives the framework's own constructor: `super().__init__(auth=provider)`."""

from collections.abc import Iterator

from analyzers.frameworks import mcp
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver
from analyzers.project.servers import Server
from analyzers.project.targets import parameter_of

CONSTRUCTOR = "__init__"


def inherited_providers(resolver: Resolver, server: Server) -> Iterator[tuple[Function, int]]:
    """Yield the values given for authentication, as (function, value), but what a constructor passes on."""
    node = server.site.node
    made = resolver.resolve(server.site.function, node.args[0]) if node.op == "call" else ()
    for target in made:
        classes = resolver.linearize(target.function)[0] if target.kind == "class" and target.function else ()
        for method in (found for cls in classes for found in cls.file.functions if found.owner is cls):
            if method.facts.name == CONSTRUCTOR:
                yield from _given(method)


def _given(constructor: Function) -> Iterator[tuple[Function, int]]:
    values = constructor.facts.values
    for event in constructor.calls():
        node = values[event.value]
        callee = values[node.args[0]]
        if callee.op != "attr" or callee.text != CONSTRUCTOR:
            continue
        for keyword, value in zip(node.names, node.args[1:], strict=True):
            is_passed_on = parameter_of(constructor, value) is not None
            if keyword in mcp.AUTHENTICATION_KEYWORDS and values[value].op != "none" and not is_passed_on:
                yield constructor, value
