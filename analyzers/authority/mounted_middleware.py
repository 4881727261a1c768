"""Routes beside the mount that a middleware is put on: `Mount("/mcp", app, middleware=[...])` covers no other route."""

from typing import TYPE_CHECKING

from analyzers.authority.applications import Application
from analyzers.authority.ways_beside import ATTACHING, is_class, serves_itself
from analyzers.project.beside import MOUNT, ROUTE
from analyzers.project.program import Function
from analyzers.project.servers import Server
from analyzers.project.targets import Reference, argument_of

if TYPE_CHECKING:
    from analyzers.authority.servers import ServerReader

MANAGER = "StreamableHTTPSessionManager"


def routes_beside(reader: "ServerReader", server: Server, application: Application | None) -> frozenset[Reference]:
    """Return where routes are listed that callers reach past an application which stands in front of a mount alone."""
    method = application.function if application is not None else None
    cls = method.owner if method is not None else None
    if cls is None or not _is_only_mounted(reader, server, cls):
        return frozenset()
    return frozenset(
        entry.declared
        for entry in reader.surface.entries
        if entry.server is server and entry.kind == "route" and _is(reader, entry.declared, ROUTE)
    )


def _is_only_mounted(reader: "ServerReader", server: Server, cls: Function) -> bool:
    """Tell whether a class of middleware is put on mounts, or around the server itself, and on nothing else."""
    given = [
        (name, function, call)
        for name in ATTACHING
        for function, call in reader.program.call_sites(name)
        if any(is_class(reader, function, value, cls) for value in function.facts.values[call].args[1:2])
    ]
    made = [
        (function, call)
        for function, call in reader.program.call_sites(cls.facts.name)
        if reader.surface.is_product(function) and is_class(reader, function, function.facts.values[call].args[0], cls)
    ]
    return (
        bool(given or made)
        and all(name == "Middleware" and _is_on_mount(reader, function, call) for name, function, call in given)
        and all(_is_around(reader, server, function, call) for function, call in made)
    )


def _is_on_mount(reader: "ServerReader", function: Function, middleware: int) -> bool:
    """Tell whether nothing but mounts, or routes, is given a middleware."""
    values = function.facts.values
    takers = [
        value
        for value, node in enumerate(values)
        if node.op == "call"
        and (given := argument_of(node, "middleware", -1)) >= 0
        and middleware in function.made_of(given)
    ]
    return bool(takers) and all(
        _is(reader, Reference(function, value), MOUNT) or _is(reader, Reference(function, value), ROUTE)
        for value in takers
    )


def _is_around(reader: "ServerReader", server: Server, function: Function, call: int) -> bool:
    node = function.facts.values[call]
    around = argument_of(node, "app", 0)
    if around >= 0 and serves_itself(reader, server, function, around):
        return True
    # What hands requests to a manager of sessions has no routes.
    names = [name for given in node.args[1:] for name in reader.flow.resolver.externals(function, given)]
    return any(name.removesuffix("()").rpartition(".")[2] == MANAGER for name in names)


def _is(reader: "ServerReader", call: Reference, name: str) -> bool:
    node = call.node
    return node.op == "call" and reader.flow.resolver.external(call.function, node.args[0]) == name
