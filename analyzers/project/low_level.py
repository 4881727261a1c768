"""Low-level handlers that calls and assignments put into a server."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from analyzers.frameworks import mcp
from analyzers.frameworks.mcp import Kind
from analyzers.project.declarations import applied, dispatcher
from analyzers.project.dispatch import branches
from analyzers.project.program import Function
from analyzers.project.servers import UNRESOLVED, Server
from analyzers.project.targets import Reference

if TYPE_CHECKING:
    from analyzers.project.surface import Surface


def find_handlers(surface: "Surface") -> None:
    """Add the entry points of handlers that no decorator declares."""
    for name, kind in mcp.LOW_LEVEL_HANDLERS.items():
        for function, value in surface.program.call_sites(name):
            outer = applied(function, value)
            if outer >= 0:
                handler = Reference(function, function.facts.values[outer].args[1])
                _handled(surface, function, function.facts.values[value].args[0], kind, handler)
    for function, value in surface.program.call_sites(mcp.ADD_REQUEST_HANDLER):
        node = function.facts.values[value]
        kinds = _requested(surface, function, node.args[1]) if len(node.args) > 2 else None
        if kinds is not None:
            _handled(surface, function, node.args[0], kinds, Reference(function, node.args[-1]))
    for function, table, kind, value in _put_in(surface):
        if not _is_around(surface, function, kind, value):
            _handled(surface, function, table, kind, Reference(function, value))


def put_around(surface: "Surface", server: Server) -> Iterator[Function]:
    """Yield what is put in the place of the handler of all calls of a server's tools, and hands them on to it."""
    for function, table, kind, value in _put_in(surface):
        if kind != "tool" or not _is_around(surface, function, kind, value):
            continue
        owner = function.facts.values[table].args[0]
        if function.facts.values[owner].op == "attr" and function.facts.values[owner].text == mcp.INNER_SERVER:
            owner = function.facts.values[owner].args[0]
        if server in (surface.servers_of(function, owner) or surface.bound(function, owner)):
            yield from (wrapper for wrapper, _ in surface.resolver.functions(function, value))


def _put_in(surface: "Surface") -> Iterator[tuple[Function, int, Kind, int]]:
    """Yield the handlers that are put into tables of requests: where, the table, for what, and the handler."""
    for function, event in surface.program.stores("[]"):
        table, key = function.facts.values[event.target].args
        kind = _requested(surface, function, key) if _is_table(function, table) else None
        if kind is not None:
            yield function, table, kind, event.value


def _is_table(function: Function, value: int) -> bool:
    node = function.facts.values[value]
    return node.op == "attr" and node.text in mcp.REQUEST_TABLES


def _is_around(surface: "Surface", function: Function, kind: Kind, value: int) -> bool:
    """Tell whether a handler stands around the one that the table had before, and knows no tools of its own."""
    taken = any(
        node.op == "index" and _is_table(function, node.args[0]) and _requested(surface, function, node.args[1]) == kind
        for node in function.facts.values
    )
    handlers = surface.resolver.functions(function, value) if taken else []
    named = (branch.name for handler, _ in handlers for branch in branches(surface.resolver, handler))
    return bool(handlers) and all(name == UNRESOLVED for name in named)


def _requested(surface: "Surface", function: Function, value: int) -> Kind | None:
    """Return what a request asks for, by its name or its class."""
    name = surface.resolver.text(function, value) or surface.resolver.external(function, value).rpartition(".")[2]
    return mcp.REQUESTS.get(name)


def _handled(surface: "Surface", function: Function, method: int, kind: Kind, handler: Reference) -> None:
    """Add the entry points of a handler that is given to a method, or put into a table, of a server."""
    callee = function.facts.values[method]
    if callee.op == "attr":
        for server in surface.receivers(function, callee.args[0], sure=False):
            dispatcher(surface, server, kind, handler)
