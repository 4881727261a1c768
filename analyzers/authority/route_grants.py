"""What the functions that refuse callers of a route ask of them: `user.require_scope("read")`."""

from typing import TYPE_CHECKING

from analyzers.authority.asked_routes import askers
from analyzers.frameworks.identity import is_guard_name
from analyzers.frameworks.mcp import Framework
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver
from analyzers.project.servers import Server

if TYPE_CHECKING:
    from analyzers.authority.servers import ServerReader


def route_grants(reader: "ServerReader", server: Server) -> tuple[str, ...]:
    """Return the grants that every route to a server which speaks the protocol itself asks of its callers."""
    if server.framework is not Framework.JSON_RPC:
        return ()
    routes = [route for route in server.routes if reader.surface.is_product(route.function)]
    asked = [
        {grant for asker in askers(reader, route) for grant in _grants(reader.flow.resolver, asker)} for route in routes
    ]
    return tuple(sorted(set.intersection(*asked))) if asked else ()


def _grants(resolver: Resolver, asker: Function) -> set[str]:
    """Return the constants that a function gives, on every way, to calls that are named like a check."""
    certain = {id(step) for step in asker.chain(asker.facts.falls)} if asker.facts.falls >= 0 else None
    for event in asker.facts.events:
        if event.kind == "return":
            chain = {id(step) for step in asker.chain(event.dominator)}
            certain = chain if certain is None else certain & chain
    found: set[str] = set()
    for event in asker.calls():
        node = asker.facts.values[event.value]
        name = asker.facts.values[node.args[0]].text.rpartition("|")[2]
        if certain is not None and id(event) in certain and is_guard_name(name):
            texts = (resolver.text(asker, argument) for argument in node.args[1:])
            found.update(text for text in texts if text)
    return found
