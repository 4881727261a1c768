"""Servers whose tools are the routes of a web application of the same program: `FastApiMCP(app)`, `from_fastapi(app)`.

A call of such a tool is a request to the route, within the process: what the route asks of its callers is asked then.
"""

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, NamedTuple

from analyzers.frameworks import fastapi
from analyzers.project.declarations import keywords_of
from analyzers.project.program import Function
from analyzers.project.servers import EntryPoint, Route, Server
from analyzers.project.targets import Reference, argument_of

if TYPE_CHECKING:
    from analyzers.project.surface import Surface

LISTS = ("list", "tuple", "set")
Sites = frozenset[tuple[str, int]]


class Operation(NamedTuple):
    """A function that answers requests, where it is given its path, and what it is called there."""

    handler: Function
    declared: Reference
    name: str
    tags: frozenset[str]


def find_served(surface: "Surface") -> None:
    """Add the routes that are tools of servers made of an application; what cannot be seen is one tool unknown."""
    made = [server for server in surface.servers.values() if server.generated]
    known: dict[Sites, Application] = {}
    for server in made:
        sites = frozenset(_made_of(surface, server))
        if sites and sites not in known:
            known[sites] = Application(surface, sites)
        application = known.get(sites)
        found = list(_tools(surface, server, application)) if application is not None else []
        surface.entries += found
        server.routes += [Route(entry.handler, entry.declared, ()) for entry in found if entry.handler is not None]
        if application is None or not application.is_whole or not found:
            surface.entries.append(EntryPoint(server, "*", "tool", None, server.site, dynamic=True))


def _made_of(surface: "Surface", server: Server) -> Iterator[tuple[str, int]]:
    """Yield where the application is made that a server is made of."""
    function, node = server.site.function, server.site.node
    called = function.facts.values[node.args[0]].text.rpartition("|")[2] if node.op == "call" else ""
    keyword = fastapi.MAKERS.get(called.rpartition(".")[2])
    mapped = any(name in server.keywords for name in fastapi.MAPPED)
    if keyword is not None and not mapped:
        yield from _sites(surface, function, argument_of(node, keyword, 0))


def _sites(surface: "Surface", function: Function, value: int) -> Iterator[tuple[str, int]]:
    """Yield where the applications and routers that a value may be are made."""
    for target in surface.resolver.resolve(function, value):
        if target.name.removesuffix("()") in fastapi.ROUTED and target.function is not None:
            yield target.function.id, target.value


def _is_none(surface: "Surface", function: Function, value: int) -> bool:
    """Tell whether a value is an item of a list that is empty."""
    node = function.facts.values[value]
    lists = surface.resolver.resolve(function, node.args[0]) if node.op == "element" else ()
    return bool(lists) and all(
        found.kind == "display" and found.function is not None and not found.function.facts.values[found.value].args
        for found in lists
    )


class Application:
    """The routes of one application, with those of the routers that it takes in.

    `is_whole` tells that all of its routers are known.
    """

    def __init__(self, surface: "Surface", sites: Sites) -> None:
        self._surface = surface
        self.is_whole = True
        # Where it and its routers are made, with the tags that their routes have from there.
        self._tags: dict[tuple[str, int], frozenset[str]] = {}
        self._take_in(dict.fromkeys(sites, frozenset[str]()))

    def routes(self) -> Iterator[Operation]:
        """Yield the functions that answer requests, each with where it is given its path."""
        for function, declared in self._surface.decorations():
            node = declared.node
            for site in self._owners(declared.function, node.args[0], fastapi.METHODS) if node.op == "call" else ():
                yield self._operation(function, declared, site)
        for function, value in self._surface.program.call_sites(fastapi.ADD_ROUTE):
            node = function.facts.values[value]
            endpoint = argument_of(node, "endpoint", 1)
            for site in self._owners(function, node.args[0], (fastapi.ADD_ROUTE,)):
                for handler, _ in self._surface.resolver.functions(function, endpoint):
                    yield self._operation(handler, Reference(function, value), site)

    def _operation(self, handler: Function, declared: Reference, site: tuple[str, int]) -> Operation:
        function, node = declared.function, declared.node
        given = self._surface.resolver.text(function, argument_of(node, fastapi.OPERATION_ID, -1))
        tags = self._tags[site] | listed_texts(self._surface, function, argument_of(node, fastapi.TAGS, -1))
        return Operation(handler, declared, given or handler.facts.name, tags)

    def _owners(self, function: Function, callee: int, names: Collection[str]) -> Iterator[tuple[str, int]]:
        """Yield the application or router whose method of one of these names is called."""
        method = function.facts.values[callee]
        if method.op == "attr" and method.text in names:
            yield from (site for site in _sites(self._surface, function, method.args[0]) if site in self._tags)

    def _take_in(self, fresh: dict[tuple[str, int], frozenset[str]]) -> None:
        calls = self._surface.program.call_sites(fastapi.INCLUDE)
        while fresh:
            for (identity, value), tags in fresh.items():
                function = self._surface.program.function(identity)
                self._tags[identity, value] = tags | self._stated(function, value)
            taken: dict[tuple[str, int], frozenset[str]] = {}
            for function, value in calls:
                node = function.facts.values[value]
                holder = function.facts.values[node.args[0]]
                holders = _sites(self._surface, function, holder.args[0]) if holder.op == "attr" else ()
                for site in (site for site in holders if site in fresh):
                    router = argument_of(node, "router", 0)
                    inner = list(_sites(self._surface, function, router))
                    self.is_whole = self.is_whole and (bool(inner) or _is_none(self._surface, function, router))
                    tags = self._tags[site] | self._stated(function, value)
                    taken.update((router, tags) for router in inner if router not in self._tags)
            fresh = taken

    def _stated(self, function: Function, value: int) -> frozenset[str]:
        return listed_texts(self._surface, function, argument_of(function.facts.values[value], fastapi.TAGS, -1))


def _tools(surface: "Surface", server: Server, application: Application) -> Iterator[EntryPoint]:
    """Yield the routes of an application that are tools of a server."""
    for operation in application.routes():
        keywords = keywords_of(operation.declared.node)
        hidden = keywords.get(fastapi.IN_SCHEMA, -1)
        if hidden >= 0 and operation.declared.function.facts.values[hidden].text == "False":
            continue
        if _is_taken(surface, server, operation):
            yield EntryPoint(server, operation.name, "tool", operation.handler, operation.declared, keywords)


def _is_taken(surface: "Surface", server: Server, operation: Operation) -> bool:
    """Tell whether a server makes a tool of an operation."""
    own = {fastapi.OPERATION_ID: frozenset({operation.name}), fastapi.TAGS: operation.tags}
    function, keywords = server.site.function, server.keywords
    for keyword, what in fastapi.LEFT_OUT.items():
        if not own[what].isdisjoint(listed_texts(surface, function, keywords.get(keyword, -1))):
            return False
    asked = [(keywords[keyword], what) for keyword, what in fastapi.TAKEN_IN.items() if keyword in keywords]
    # A list that is made elsewhere may name anything.
    return not asked or any(
        function.facts.values[value].op not in LISTS or not own[what].isdisjoint(listed_texts(surface, function, value))
        for value, what in asked
    )


def listed_texts(surface: "Surface", function: Function, value: int) -> frozenset[str]:
    """Return the constants of a list that is written out."""
    items = function.facts.values[value].args if value >= 0 else ()
    return frozenset(text for item in items if (text := surface.resolver.text(function, item)))
