"""Low-level handlers that calls and assignments put into a server."""

from typing import TYPE_CHECKING

from analyzers.frameworks import mcp
from analyzers.frameworks.mcp import Kind
from analyzers.project.declarations import applied, dispatcher
from analyzers.project.program import Function
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
    for function, event in surface.program.stores("[]"):
        table, key = function.facts.values[event.target].args
        if function.facts.values[table].op == "attr" and function.facts.values[table].text in mcp.REQUEST_TABLES:
            requested = _requested(surface, function, key)
            if requested is not None:
                _handled(surface, function, table, requested, Reference(function, event.value))


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
