"""Servers that nothing was found on, although something may have been put there: not knowing it is not having none."""

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

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
LENT = frozenset({*mcp.REGISTRATIONS, *mcp.ADDERS})
NAMED = ("name", "free", "attr", "import", "function", "class", "param")


def find_silent(surface: "Surface") -> None:
    """Add what stands for the tools of a server that nothing was found on and that something else has in hand."""
    known = {id(entry.server) for entry in surface.entries if entry.kind != "route"}
    silent = [server for server in surface.servers.values() if id(server) not in known and not server.children]
    in_hand = {id(server) for server in _in_hand(surface, silent)} if silent else set[int]()
    for server in silent:
        if id(server) in in_hand or "tools" in server.keywords:
            surface.entries.append(EntryPoint(server, UNRESOLVED, "tool", None, server.site, dynamic=True))


def _in_hand(surface: "Surface", silent: list[Server]) -> Iterator[Server]:
    """Yield the servers that a call is given, or whose tools are reached for."""
    sites: dict[str, set[int]] = {}
    for server in silent:
        sites.setdefault(server.site.function.id, set()).add(server.site.value)
    names = _names(surface, sites)
    files = {server.site.function.file.path for server in silent}
    for file in surface.program.sources:
        held_here = file.path in files or file.may_name(names)
        lent_here = file.may_name(LENT)
        for function in file.functions if held_here or lent_here else ():
            made = sites.get(function.id, ())
            for held in _all_held(function) if held_here else ():
                if held in made or _called(function, held) in names:
                    yield from surface.receivers(function, held, sure=False)
            for held in _lent(function) if lent_here else ():
                yield from surface.receivers(function, held, sure=False)


def _names(surface: "Surface", sites: dict[str, set[int]]) -> set[str]:
    """Return the names of variables, attributes and functions that servers may go by."""
    made = ((surface.program.function(identity), values) for identity, values in sites.items())
    fresh = {name for function, values in made for name, value in _bindings(function) if name and value in values}
    found: set[str] = set()
    while fresh:
        found |= fresh
        fresh = {
            name
            for file in surface.program.sources
            if file.may_name(fresh)
            for function in file.functions
            for name, value in _bindings(function)
            if name and name not in found and _called(function, value) in fresh
        }
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


def _all_held(function: Function) -> Iterator[int]:
    """Yield what calls are given, and what tools are reached for on."""
    values = function.facts.values
    for value in values:
        if value.op == "call":
            if values[value.args[0]].text.rpartition("|")[2] not in HARMLESS:
                yield from value.args[1:]
        elif value.op == "attr" and _reaches(value.text):
            yield from value.args


def _lent(function: Function) -> Iterator[int]:
    """Yield the servers whose own way to register is handed to something else: `register_all(mcp.add_tool)`."""
    values = function.facts.values
    for value in values:
        for argument in value.args[1:] if value.op == "call" else ():
            if values[argument].op == "attr" and values[argument].text in LENT:
                yield from values[argument].args


@lru_cache(4096)
def _reaches(name: str) -> bool:
    """Tell whether an attribute is where a server keeps tools, and not what registers them."""
    return any(word in name for word in STORES) and name not in mcp.REGISTRATIONS
