"""Whose the tools are that are declared on an object that leads nowhere, as a parameter of a plug-in does."""

from typing import TYPE_CHECKING

from analyzers.project.servers import EntryPoint, Server

if TYPE_CHECKING:
    from analyzers.project.surface import Surface


def adopt(surface: "Surface") -> None:
    """Give what is declared on such an object to the one server of its package that is started."""
    started: dict[str, list[Server]] = {}
    for server in surface.servers.values():
        if server.runs:
            started.setdefault(_root(surface, server), []).append(server)
    for entry in surface.entries:
        if surface.is_unknown(entry.server) and not entry.server.runs:
            found = started.get(_root(surface, entry), [])
            entry.server = found[0] if len(found) == 1 else entry.server


def _root(surface: "Surface", what: Server | EntryPoint) -> str:
    place = what.site if isinstance(what, Server) else what.declared
    return surface.program.package_root(place.function.file.path)
