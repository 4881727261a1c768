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
NAMED = ("name", "free", "attr", "import", "function", "class", "param")


def find_silent(surface: "Surface") -> None:
    """Add what stands for the tools of a server that nothing was found on and that something else has in hand."""
    known = {id(entry.server) for entry in surface.entries}
    silent = [server for server in surface.servers.values() if id(server) not in known and not server.children]
    in_hand = {id(server) for server in _in_hand(surface, silent)} if silent else set[int]()
    for server in silent:
        if id(server) in in_hand or "tools" in server.keywords:
            surface.entries.append(EntryPoint(server, UNRESOLVED, "tool", None, server.site, dynamic=True))


def _in_hand(surface: "Surface", silent: list[Server]) -> Iterator[Server]:
    """Yield the servers that a call is given, or whose tools are reached for."""
    sites = {(server.site.function.id, server.site.value) for server in silent}
    names = _names(surface, sites)
    for function in surface.program.functions():
        for value in function.facts.values:
            if value.op == "call" or value.op == "attr":
                for held in _held(function, value):
                    if (function.id, held) in sites or _called(function, held) in names:
                        yield from surface.receivers(function, held, sure=False)


def _names(surface: "Surface", sites: set[tuple[str, int]]) -> set[str]:
    """Return the names of variables, attributes and functions that servers may go by."""
    named: dict[str, set[str]] = {}
    waiting: list[str] = []
    for function in surface.program.functions():
        for name, value in _bindings(function):
            if (function.id, value) in sites:
                waiting.append(name)
            else:
                named.setdefault(_called(function, value), set()).add(name)
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name and name not in found:
            found.add(name)
            waiting.extend(named.get(name, ()))
    return found


def _bindings(function: Function) -> Iterator[tuple[str, int]]:
    """Yield what is bound, stored and returned, by the name of the variable, the attribute and the function."""
    for name, values in function.facts.names.items():
        for value in values:
            yield name, value
    for event in function.facts.events:
        if event.value >= 0 and event.kind in ("store", "global", "return"):
            yield function.facts.name if event.kind == "return" else event.text, event.value


def _called(function: Function, value: int) -> str:
    """Return what a variable, an attribute, or the function that a value comes from, is called."""
    node = function.facts.values[value] if value >= 0 else None
    while node is not None and node.op in ("await", "call"):
        node = function.facts.values[node.args[0]] if node.args[0] >= 0 else None
    if node is None or node.op not in NAMED:
        return ""
    if node.op in ("function", "class"):
        return function.file.facts.functions[int(node.text)].name
    return node.text.rpartition("|")[2]


def _held(function: Function, value: Value) -> tuple[int, ...]:
    if value.op == "attr":
        reaches = any(word in value.text for word in STORES) and value.text not in mcp.REGISTRATIONS
        return value.args if reaches else ()
    callee = function.facts.values[value.args[0]]
    return () if callee.text.rpartition("|")[2] in HARMLESS else value.args[1:]
