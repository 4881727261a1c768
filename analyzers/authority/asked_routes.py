"""How callers of routes of a web framework are authenticated, where these lead to tools."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from analyzers.authority.admitting import CREDENTIAL_SOURCES, called_from
from analyzers.authority.applications import denies
from analyzers.authority.own_checks import verified_by
from analyzers.authority.refusals import STATUS_CODES, is_denial
from analyzers.authority.skipped_refusals import skipped_refusals
from analyzers.flow.guards import Place
from analyzers.flow.injected import injected
from analyzers.flow.summaries import Flow
from analyzers.frameworks.mcp import AUTHENTICATION_KEYWORDS, Framework
from analyzers.project.program import Function
from analyzers.project.servers import Route, Server
from analyzers.project.targets import Reference
from analyzers.project.wrapping import dependencies, listed_dependencies
from analyzers.walks import reached

if TYPE_CHECKING:
    from analyzers.authority.servers import ServerReader

# What has dependencies for all routes of an application, or of a part of it.
HOLDERS = ("FastAPI", "APIRouter", "include_router")
# What asks who signed in: a decorator of a handler, and the method that runs before it in a class of handlers.
SIGNED_IN = ("authenticated", "login_required", "requires", "jwt_required", "auth_required")
BEFORE = "prepare"


def asked_on_routes(reader: "ServerReader", server: Server) -> tuple[str, Place | None, bool]:
    """Return what authenticates callers on the routes to a server; it may be absent where one route has none."""
    routes = [route for route in server.routes if reader.surface.is_product(route.function)]
    found = [next(askers(reader, route), None) for route in routes]
    asked = [asker for asker in found if asker is not None]
    if not asked:
        return _verified_on_the_way(reader, server)
    first = asked[0]
    maybe = len(asked) < len(found) or is_unset(reader, server)
    return first.facts.name, reader.flow.guards.place(first, first.facts.name_start), maybe


def is_unset(reader: "ServerReader", server: Server) -> bool:
    """Tell whether what refuses callers on the routes of a server does so only once somebody has made a setting."""
    routes = [route for route in server.routes if reader.surface.is_product(route.function)]
    asked = [asker for route in routes for asker in askers(reader, route)]
    return bool(asked) and all(skipped_refusals(reader.flow, _with_helpers(reader, asker)) for asker in asked)


def _with_helpers(reader: "ServerReader", asker: Function) -> list[Function]:
    """Return a function with those that it calls which can refuse, too."""
    return [
        function
        for function in called_from(reader.flow, asker)
        if function is asker or any(map(is_denial, function.facts.values))
    ]


def open_routes(reader: "ServerReader", server: Server) -> frozenset[Reference]:
    """Return where routes that are tools are declared which ask nothing of their callers, as others of the server do.

    None of a server whose connections something else authenticates.
    """
    own = any(server.keywords.get(keyword, -1) >= 0 for keyword in AUTHENTICATION_KEYWORDS)
    if own or server.framework is Framework.JSON_RPC:
        return frozenset()
    routes = [route for route in server.routes if reader.surface.is_product(route.function)]
    unasked = [route.declared for route in routes if next(askers(reader, route), None) is None]
    return frozenset(unasked if len(unasked) < len(routes) else ())


def _verified_on_the_way(reader: "ServerReader", server: Server) -> tuple[str, Place | None, bool]:
    """Return what verifies a token on the way to each tool, whatever brings it."""
    entries = [entry for entry in reader.surface.entries if entry.server is server and entry.kind == "tool"]
    found = [verified_by(reader.flow, entry) for entry in entries]
    known = [item for item in found if item is not None]
    if not known or len(known) < len(found):
        return "", None, False
    function, call = known[0]
    node = function.facts.values[call]
    return function.facts.values[node.args[0]].text, reader.flow.guards.place(function, node.start), False


def askers(reader: "ServerReader", route: Route) -> Iterator[Function]:
    """Yield what refuses callers without a credential before a request on a route is answered."""
    for provider in _dependencies(reader, route):
        if denies(reader.flow, provider) or refuses_given(reader.flow, provider):
            yield provider
    yield from _signed_in(reader, route.function)
    for function, event in route.steps:
        yield from _before(reader, function, event)


def _dependencies(reader: "ServerReader", route: Route) -> Iterator[Function]:
    """Yield what the framework calls before a route: for its parameters, and for the route as a whole."""
    resolver = reader.flow.resolver
    own = [provider for _, provider in (*dependencies(resolver, route.function), *asked_around(reader, route))]
    # A dependency has dependencies of its own.
    return reached(own, lambda provider: [inner for _, inner in dependencies(resolver, provider)])


def asked_around(reader: "ServerReader", route: Route) -> Iterator[tuple[Reference, Function]]:
    """Yield the dependencies of a route as a whole: of a call that declares it, of its router, its application."""
    for call in (route.declared, *_holders(reader, route)):
        yield from listed_dependencies(reader.flow.resolver, call)


def _holders(reader: "ServerReader", route: Route) -> list[Reference]:
    """Return the calls that make what a route is declared on and what takes that in, and those that take it in."""
    scope, node = route.declared.function, route.declared.node
    if node.op != "call" or scope.facts.values[node.args[0]].op != "attr":
        return []
    root = reader.program.package_root(route.function.file.path)
    sites = [site for name in HOLDERS for site in reader.program.call_sites(name) if reader.serves(site[0], root)]
    found: dict[tuple[str, int], Reference] = {}
    owners = _made(reader, scope, scope.facts.values[node.args[0]].args[0])
    fresh = owners
    while fresh:
        above: set[tuple[str, int]] = set()
        for function, value in sites:
            key, call = (function.id, value), function.facts.values[value]
            taken = call.args[1:2]
            if key in fresh:
                found[key] = Reference(function, value)
            elif any(not fresh.isdisjoint(_made(reader, function, item)) for item in taken):
                found[key] = Reference(function, value)
                callee = function.facts.values[call.args[0]]
                above |= _made(reader, function, callee.args[0]) if callee.op == "attr" else set()
        fresh = above - owners
        owners = owners | above
    return list(found.values())


def refuses_given(flow: Flow, provider: Function) -> bool:
    """Tell whether a dependency refuses by the header, or the credential, that the framework gives it."""
    given = (injected(flow.labeler, provider, index) for index in range(len(provider.facts.parameters)))
    if not any(label.startswith("header:") for labels in given for label in labels):
        return False
    return any(is_denial(node) for function in called_from(flow, provider) for node in function.facts.values)


def _made(reader: "ServerReader", function: Function, value: int) -> set[tuple[str, int]]:
    """Return where an application, or a part of one, is made, through the names of modules."""
    routed = {
        (target.function.id, target.value)
        for target in reader.flow.resolver.resolve(function, value)
        if target.function is not None and target.value >= 0
    }
    if routed:
        return routed
    node = function.facts.values[value]
    module, _, name = node.text.partition("|") if node.op == "import" else ("", "", node.text)
    file = reader.program.module(module, function.file) if module else function.file
    if node.op == "attr" and file is not None:
        # `routes.router`, where a module is imported as a whole.
        found = reader.flow.resolver.resolve(function, node.args[0])
        file = next((target.file for target in found if target.kind == "module"), None)
    if node.op not in ("import", "name", "attr") or file is None or not file.is_source:
        return {(function.id, value)}
    return {(file.module.id, bound) for bound in file.module.facts.names.get(name, ())}


def _signed_in(reader: "ServerReader", function: Function) -> Iterator[Function]:
    """Yield the function itself where a decorator, or the method before it, asks who signed in."""
    scope = function.parent
    for decorator in function.facts.decorators if scope is not None else ():
        node = scope.facts.values[decorator] if scope is not None else None
        called = (
            scope.facts.values[node.args[0]] if scope is not None and node is not None and node.op == "call" else node
        )
        if called is not None and called.text.rpartition("|")[2] in SIGNED_IN:
            yield function
        for inner, _ in reader.flow.resolver.functions(scope, decorator) if scope is not None else ():
            if denies(reader.flow, inner):
                yield inner
    before = reader.flow.resolver.method(function.owner, BEFORE) if function.owner is not None else None
    if before is not None and (denies(reader.flow, before) or _refuses(before)):
        yield before


def _refuses(function: Function) -> bool:
    """Tell whether a method that runs before a handler answers that nobody signed in."""
    texts = {node.text for node in function.facts.values}
    return "current_user" in texts and not texts.isdisjoint(STATUS_CODES)


def _before(reader: "ServerReader", function: Function, event: int) -> Iterator[Function]:
    """Yield what a function has certainly called before an event that reads a credential and can refuse."""
    if event < 0:
        return
    events, values = function.facts.events, function.facts.values
    start = events[event].start or values[events[event].value].start
    own = [node for node in values if node.start < start]
    reads = any(node.text.lower() in CREDENTIAL_SOURCES for node in own if node.op in ("str", "bytes", "attr"))
    answers = any(map(is_denial, own))
    if reads and answers:
        yield function
    for step in function.chain(events[event].dominator):
        for callee, _ in _run(reader, function, step.value) if step.kind in ("call", "true", "false") else ():
            if denies(reader.flow, callee) or (answers and _reads(callee)):
                yield callee


def _run(reader: "ServerReader", function: Function, value: int) -> Iterator[tuple[Function, Function | None]]:
    """Yield the functions of the program that are called for a value."""
    for part in function.made_of(value, most=4):
        node = function.facts.values[part]
        if node.op == "call":
            yield from reader.flow.resolver.functions(function, node.args[0])


def _reads(function: Function) -> bool:
    return any(node.text.lower() in CREDENTIAL_SOURCES for node in function.facts.values)
