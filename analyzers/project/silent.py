"""Servers that nothing was found on, although something may have been put there: not knowing it is not having none."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from analyzers.facts import Value
from analyzers.frameworks import mcp
from analyzers.project.program import Function
from analyzers.project.servers import UNRESOLVED, EntryPoint, Server

if TYPE_CHECKING:
    from analyzers.project.surface import Surface

# Where tools are kept by servers.
STORES = ("tool", "provider", "handler")
# What is done with a server that puts nothing on it.
HARMLESS = frozenset(
    (
        *mcp.RUN_CALLS,
        *mcp.STDIO_CALLS,
        *mcp.HTTP_CALLS,
        *mcp.OWN_LISTENERS,
        *mcp.MOUNTS,
        *mcp.ADD_MIDDLEWARE,
        *mcp.RUNNERS,
    )
)
HANDED = ("name", "free", "attr", "import", "call", "param")


def find_silent(surface: "Surface") -> None:
    """Add what stands for the tools of a server that nothing was found on and that something else has in hand."""
    known = {id(entry.server) for entry in surface.entries}
    silent = {id(server): server for server in surface.servers.values() if id(server) not in known}
    if not silent:
        return
    in_hand = {id(server) for server in _in_hand(surface)}
    for identity, server in silent.items():
        if not server.children and (identity in in_hand or "tools" in server.keywords):
            surface.entries.append(EntryPoint(server, UNRESOLVED, "tool", None, server.site, dynamic=True))


def _in_hand(surface: "Surface") -> Iterator[Server]:
    """Yield the servers that a call is given, whose tools are reached for, or that do what frameworks' do not."""
    for function in surface.program.functions():
        for value in function.facts.values:
            for held in _held(function, value):
                if function.facts.values[held].op in HANDED:
                    yield from surface.servers_of(function, held)


def _held(function: Function, value: Value) -> tuple[int, ...]:
    if value.op == "attr" and any(word in value.text for word in STORES) and value.text not in mcp.REGISTRATIONS:
        return value.args
    if value.op != "call" or value.args[0] < 0:
        return ()
    callee = function.facts.values[value.args[0]]
    return () if callee.text.rpartition("|")[2] in HARMLESS else value.args[1:]
