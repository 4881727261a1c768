"""Ways to a server beside the one on which an application asks for a credential.

`app.mount("/mcp", KeyAuth(mcp.streamable_http_app()))` keeps nobody from `app.mount("/sse", mcp.sse_app())`.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from analyzers.frameworks.mcp import APPLICATIONS
from analyzers.project.program import Function
from analyzers.project.servers import Server
from analyzers.project.targets import Reference, argument_of

if TYPE_CHECKING:
    from analyzers.authority.servers import ServerReader

ATTACHING = ("add_middleware", "Middleware")
# What is given an application to serve it below a path, and the argument that is it.
MOUNTING = {"mount": ("app", 1), "Mount": ("app", 1)}
MAX_STEPS = 6
OTHER = {"true": "false", "false": "true"}


def way_beside(reader: "ServerReader", server: Server, method: Function | None) -> Reference | None:
    """Return where a server is mounted without what a method belongs to, which is put around others of its ways."""
    cls = method.owner if method is not None else None
    if cls is None or cls.facts.kind != "class":
        return None
    attached = (site for name in ATTACHING for site in reader.program.call_sites(name))
    if any(is_class(reader, function, value, cls) for function, call in attached for value in _given(function, call)):
        return None
    around = [
        (function, call)
        for function, call in reader.program.call_sites(cls.facts.name)
        if reader.surface.is_product(function) and is_class(reader, function, function.facts.values[call].args[0], cls)
    ]
    # Put around anything else, as an application that others are mounted in, it may be around all of them.
    if not around or not all(any(serves_itself(reader, server, *site) for site in _first(*made)) for made in around):
        return None
    taken = {outcome for site in around for outcome in _outcomes(*site)}
    ways = (way for way in _mounted(reader, server) if not any(_other(way, outcome) for outcome in taken))
    return next(ways, None)


def _outcomes(function: Function, call: int) -> Iterator[tuple[str, int, str]]:
    """Yield the conditions on the way to a call, by their function and outcome."""
    index = function.event_of(call)
    for step in function.chain(function.facts.events[index].dominator) if index >= 0 else ():
        if step.kind in OTHER:
            yield function.id, step.value, step.kind


def _other(way: Reference, outcome: tuple[str, int, str]) -> bool:
    """Tell whether a way is only there where a condition came out otherwise: one of two that exclude each other."""
    function, value, kind = outcome
    return (function, value, OTHER[kind]) in _outcomes(way.function, way.value)


def _given(function: Function, call: int) -> tuple[int, ...]:
    return function.facts.values[call].args[1:2]


def _first(function: Function, call: int) -> Iterator[tuple[Function, int]]:
    """Yield the application that a middleware is made around."""
    node = function.facts.values[call]
    argument = argument_of(node, "app", 0)
    if argument >= 0:
        yield function, argument


def _mounted(reader: "ServerReader", server: Server) -> Iterator[Reference]:
    for name, (keyword, position) in MOUNTING.items():
        for function, call in reader.program.call_sites(name):
            argument = argument_of(function.facts.values[call], keyword, position)
            is_own = argument >= 0 and serves_itself(reader, server, function, argument)
            if is_own and reader.surface.is_product(function):
                yield Reference(function, call)


def serves_itself(reader: "ServerReader", server: Server, function: Function, value: int, depth: int = 0) -> bool:
    """Tell whether a value is the application of a server itself, with nothing around it."""
    node = function.facts.values[value]
    if node.op != "call" or depth > MAX_STEPS:
        return False
    callee = function.facts.values[node.args[0]]
    if callee.op == "attr" and callee.text in APPLICATIONS:
        return any(found is server for found in reader.surface.servers_of(function, callee.args[0]))
    return any(
        event.kind == "return" and event.value >= 0 and serves_itself(reader, server, maker, event.value, depth + 1)
        for maker, _ in reader.flow.resolver.functions(function, node.args[0])
        for event in maker.facts.events
    )


def is_class(reader: "ServerReader", function: Function, value: int, cls: Function) -> bool:
    """Tell whether a value is a class of the program."""
    return any(target.function is cls for target in reader.flow.resolver.resolve(function, value))
