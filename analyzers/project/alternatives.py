"""Servers that are made in one of two ways: what a version of the framework, or a switch, decides."""

from typing import TYPE_CHECKING

from analyzers.frameworks.mcp import AUTHENTICATION_KEYWORDS
from analyzers.project.servers import Server

if TYPE_CHECKING:
    from analyzers.project.surface import Surface


def drop_alternatives(surface: "Surface") -> None:
    """Keep one server of those that a function makes on ways that exclude each other, with the same entry points.

    Rather one that authenticates than one that does not.
    """
    kept: list[Server] = []
    for server in sorted(surface.servers.values(), key=_is_open):
        same = (other for other in kept if _excludes(other, server))
        other = next((other for other in same if _offers(surface, other) == _offers(surface, server)), None)
        if other is None:
            kept.append(server)
            continue
        other.others.append(server)
        del surface.servers[server.site.function.id, server.site.value]
        surface.entries = [entry for entry in surface.entries if entry.server is not server]


def _is_open(server: Server) -> bool:
    return all(server.keywords.get(keyword, -1) < 0 for keyword in AUTHENTICATION_KEYWORDS)


def _offers(surface: "Surface", server: Server) -> set[tuple[str, str]]:
    return {(entry.kind, entry.name) for entry in surface.entries if entry.server is server}


def _excludes(one: Server, other: Server) -> bool:
    """Tell whether one server is made where a condition holds, and the other where it does not."""
    function = one.site.function
    if function is not other.site.function or one.framework is not other.framework:
        return False
    known = [
        {(step.value, step.kind) for step in function.chain(function.event_of(server.site.value))}
        for server in (one, other)
    ]
    opposite = {"true": "false", "false": "true"}
    return any((value, opposite[kind]) in known[1] for value, kind in known[0] if kind in opposite)
