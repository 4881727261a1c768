"""Routes that an application lists beside the server that is mounted in it.

`Starlette(routes=[Route("/reports", reports), Mount("/", server.streamable_http_app())])`: nothing of the server stands
in front of them. Those of FastAPI are declared by decorators, with dependencies of their own, and are not read.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from analyzers.project.declarations import Registration, keywords_of, register
from analyzers.project.program import Function
from analyzers.project.servers import Server
from analyzers.project.targets import Reference, argument_of

if TYPE_CHECKING:
    from analyzers.project.surface import Surface

APPLICATION = "starlette.applications.Starlette"
ROUTE, MOUNT = "starlette.routing.Route", "starlette.routing.Mount"
# What an endpoint calls that speaks the protocol itself.
TRANSPORTS = frozenset({"connect_sse", "handle_request", "handle_post_message", "handle_streamable_http"})
MAX_PARTS = 40
MAX_DEPTH = 4


def find_beside(surface: "Surface") -> None:
    """Add the routes of applications in which one server is mounted."""
    for function, value in surface.program.call_sites("Starlette"):
        mounted = mounted_in(surface, function, value)
        for scope, item in _listed(surface, function, value) if len(mounted) == 1 else ():
            add_listed(surface, mounted[0], scope, item)


def mounted_in(surface: "Surface", function: Function, value: int) -> list[Server]:
    """Return the servers that are mounted in the application that a call makes."""
    items = _listed(surface, function, value)
    return list({server.id: server for scope, item in items for server in _mounted(surface, scope, item)}.values())


def _listed(surface: "Surface", function: Function, value: int) -> list[tuple[Function, int]]:
    """Return the routes that an application is made with."""
    node = function.facts.values[value]
    listed = argument_of(node, "routes", 1)
    if listed < 0 or surface.resolver.external(function, node.args[0]) != APPLICATION:
        return []
    return list(_items(surface, function, listed))


def _items(surface: "Surface", function: Function, listed: int, depth: int = 0) -> Iterator[tuple[Function, int]]:
    """Yield the calls that a list of routes is written of, and filled with."""
    for target in surface.resolver.resolve(function, listed) if depth < MAX_DEPTH else ():
        scope = target.function
        if scope is None or target.kind not in ("display", "composed"):
            continue
        for item in scope.facts.values[target.value].args:
            yield from _item(surface, scope, item, depth, spread=target.kind == "composed")
        for entry in surface.resolver.registries.of(scope, target.value):
            yield from _item(surface, entry.function, entry.value, depth, spread=entry.spread)


def _item(
    surface: "Surface", scope: Function, item: int, depth: int, *, spread: bool
) -> Iterator[tuple[Function, int]]:
    """Yield an item of a list that is a call, or the items of a list that is `spread` in it."""
    node = scope.facts.values[item] if item >= 0 else None
    if node is None:
        return
    if spread or node.op == "spread":
        yield from _items(surface, scope, item if spread else node.args[0], depth + 1)
    elif node.op == "call":
        yield scope, item


def _mounted(surface: "Surface", scope: Function, item: int) -> Iterator[Server]:
    """Yield the servers whose application, or the transport of whose own, a `Mount` or a `Route` leads to."""
    node = scope.facts.values[item]
    name = surface.resolver.external(scope, node.args[0])
    if name not in (MOUNT, ROUTE):
        return
    for server in surface.servers.values():
        start = server.runs.get("http")
        if start is not None and _leads_to(surface, scope, item, start):
            yield server


def _leads_to(surface: "Surface", scope: Function, item: int, start: Reference) -> bool:
    """Tell whether a value is made of what starts a server, by its variables and by the functions that use these."""
    bound = {name for name, values in start.function.facts.names.items() if start.value in values}
    bound |= {
        event.text for event in start.function.facts.events if event.kind == "store" and event.value == start.value
    }
    near = scope is start.function or scope.file is start.function.file
    for part in scope.made_of(item, most=MAX_PARTS):
        if scope is start.function and part == start.value:
            return True
        part_node = scope.facts.values[part]
        if near and part_node.op in ("name", "free", "attr") and part_node.text in bound:
            return True
        for callee, _ in surface.resolver.functions(scope, part) if part_node.op != "call" else ():
            used = {node.text for node in callee.facts.values if node.op in ("name", "free", "attr")}
            if callee.file is start.function.file and not bound.isdisjoint(used):
                return True
    return False


def add_listed(surface: "Surface", server: Server, scope: Function, item: int) -> None:
    """Add one route; what only hands requests on to the server's transport is none."""
    node = scope.facts.values[item]
    endpoint = argument_of(node, "endpoint", 1)
    if endpoint < 0 or surface.resolver.external(scope, node.args[0]) != ROUTE:
        return
    handlers = [callee for callee, _ in surface.resolver.functions(scope, endpoint)]
    if (
        not handlers
        or any(map(speaks, handlers))
        or any(_leads_to(surface, scope, item, start) for start in server.runs.values())
    ):
        return
    keywords = keywords_of(node)
    path = keywords.get("path", node.args[1] if not node.names[0] else -1)
    if path >= 0 and surface.resolver.text(scope, path):
        given = {**keywords, "path": path}
        register(surface, server, Registration(Reference(scope, endpoint), item, "route", given))


def speaks(handler: Function) -> bool:
    """Tell whether an endpoint hands requests on to what speaks the protocol itself."""
    return any(value.text in TRANSPORTS for value in handler.facts.values)
