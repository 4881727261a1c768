"""Routes that are added to the application of a server, or to the one that it is mounted in.

`app = mcp.http_app()` and then `@app.route("/reports")`, `app.add_route("/reports", reports)`, or
`app.routes.append(Route("/reports", reports))`: as with those that an application lists, no provider is asked there.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from analyzers.frameworks.mcp import APPLICATIONS
from analyzers.project.beside import add_listed, mounted_in, speaks
from analyzers.project.declarations import Registration, declare, keywords_of, register
from analyzers.project.inner import bound_around
from analyzers.project.program import Function
from analyzers.project.servers import Server
from analyzers.project.targets import Reference, argument_of
from analyzers.walks import reached

if TYPE_CHECKING:
    from analyzers.project.surface import Surface

LISTED = {"append": 0, "insert": 1}


def find_added(surface: "Surface") -> None:
    """Add the routes that are declared on applications, by decorators and by calls."""
    for name in ("route", "add_route", *LISTED):
        for function, value in surface.program.call_sites(name):
            node = function.facts.values[value]
            callee = function.facts.values[node.args[0]]
            if callee.op != "attr" or not surface.is_product(function):
                continue
            holder = callee.args[0] if name not in LISTED else _inner(function, callee.args[0], "routes")
            server = _served(surface, function, _inner(function, holder, "router", holder)) if holder >= 0 else None
            if server is not None:
                _declare(surface, server, function, value)


def _inner(function: Function, value: int, name: str, otherwise: int = -1) -> int:
    """Return what a value is the attribute `name` of."""
    node = function.facts.values[value]
    return node.args[0] if node.op == "attr" and node.text == name else otherwise


def _served(surface: "Surface", function: Function, value: int) -> Server | None:
    """Return the one server that an application answers for."""
    found = {server.id: server for server in _servers(surface, function, value)}
    return next(iter(found.values())) if len(found) == 1 else None


def _servers(surface: "Surface", function: Function, value: int) -> Iterator[Server]:
    scope, made = bound_around(function, value)
    node = scope.facts.values[made]
    module = scope.file.module
    bound = module.facts.names.get(node.text, ())[-1:] if node.op == "name" else ()
    scope, starts = (module, bound) if bound else (scope, (made,))
    values = scope.facts.values
    for way in reached(starts, lambda current: values[current].args if values[current].op == "phi" else ()):
        node = values[way]
        callee = values[node.args[0]] if node.op == "call" else node
        if node.op == "call" and callee.op == "attr" and callee.text in APPLICATIONS:
            yield from surface.servers_of(scope, callee.args[0])
        elif node.op == "call":
            yield from mounted_in(surface, scope, way)


def _declare(surface: "Surface", server: Server, function: Function, value: int) -> None:
    node = function.facts.values[value]
    name = function.facts.values[node.args[0]].text
    declared = Reference(function, value)
    if name in LISTED:
        given = node.args[1 + LISTED[name] :]
        if given and function.facts.values[given[0]].op == "call":
            add_listed(surface, server, function, given[0])
    elif name == "add_route":
        endpoint = argument_of(node, "route", 1)
        handlers = [handler for handler, _ in surface.resolver.functions(function, endpoint)] if endpoint >= 0 else []
        if handlers and not any(map(speaks, handlers)):
            register(surface, server, Registration(Reference(function, endpoint), value, "route", keywords_of(node)))
    else:
        for handler in function.file.functions:
            if handler.parent is function and value in handler.facts.decorators and not speaks(handler):
                declare(surface, server, handler, declared, "route")
