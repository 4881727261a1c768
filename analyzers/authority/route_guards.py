"""What routes that are tools are guarded by as a whole: the dependencies of their routers and their application."""

from typing import TYPE_CHECKING

from analyzers.authority.asked_routes import asked_around
from analyzers.flow.guards import Guard, Guards, Place
from analyzers.flow.wrappers import provided_guards
from analyzers.frameworks.mcp import Framework
from analyzers.project.servers import EntryPoint, Route

if TYPE_CHECKING:
    from analyzers.authority.servers import ServerReader


class RouteGuards:
    """Reads the guards of routes; kept by server."""

    def __init__(self, reader: "ServerReader") -> None:
        self._reader = reader
        self._known: dict[int, dict[int, dict[Guard, Place]]] = {}

    def of(self, entry: EntryPoint) -> tuple[Guards, Guards]:
        """Return what holds for every tool of an entry point's server, and what for some of them, this among them."""
        server = entry.server
        if not server.routes or server.framework is Framework.JSON_RPC:
            return {}, {}
        if id(server) not in self._known:
            self._known[id(server)] = {id(route.declared): self._held(route) for route in server.routes}
        routes = self._known[id(server)]
        own = routes.get(id(entry.declared), {})
        common = {guard for guard in own if all(guard in held for held in routes.values())}
        return (
            {guard: place for guard, place in own.items() if guard in common},
            {guard: place for guard, place in own.items() if guard not in common},
        )

    def _held(self, route: Route) -> dict[Guard, Place]:
        found: dict[Guard, Place] = {}
        for applied, provider in asked_around(self._reader, route):
            found.update(provided_guards(self._reader.flow, applied, provider))
        return found
