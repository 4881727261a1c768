"""Servers that nobody can reach: kept by the function that makes them, or only named where nothing calls."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from analyzers.facts import Value
from analyzers.frameworks import mcp
from analyzers.project.alternatives import drop_alternatives
from analyzers.project.program import Function
from analyzers.project.servers import Server
from analyzers.project.targets import parameter_of, taking

if TYPE_CHECKING:
    from analyzers.project.surface import Surface

MAX_HOPS = 4
KEEPING = ("return", "yield", "store", "global", "raise")
WAYS = ("phi", "select", "await", "or", "and", "default")
MENTIONS = ("name", "attr", "free", "import")


def drop_unserved(surface: "Surface") -> None:
    """Forget servers that a function makes for itself alone, and what functions that nothing calls would register."""
    drop_alternatives(surface)
    started = {_root(surface, server) for server in surface.servers.values() if surface.transport(server) != "unknown"}
    idle = {id(server) for server in surface.servers.values() if _is_kept(surface, server)}
    unknown = {id(entry.server): entry.server for entry in surface.entries if surface.is_unknown(entry.server)}
    for server in unknown.values():
        if _root(surface, server) in started and _is_uncalled(surface, server):
            idle.add(id(server))
    if idle:
        surface.entries = [entry for entry in surface.entries if id(entry.server) not in idle]
        surface.servers = {key: server for key, server in surface.servers.items() if id(server) not in idle}


def _root(surface: "Surface", server: Server) -> str:
    return surface.program.package_root(server.site.function.file.path)


def _is_kept(surface: "Surface", server: Server) -> bool:
    """Tell whether a server neither runs nor leaves the function that makes it."""
    function = server.site.function
    if function.facts.kind not in ("function", "method") or surface.transport(server) != "unknown":
        return False
    return not (server.parents or server.asgi) and _stays(surface, function, server.site.value, MAX_HOPS)


def _stays(surface: "Surface", function: Function, value: int, hops: int) -> bool:
    """Tell whether a function only asks and fills what a value is, and those that it is given to do so too."""
    values, held = function.facts.values, {value}
    for index, node in enumerate(values):
        if node.op in WAYS and held & set(node.args):
            held.add(index)
    if any(event.value in held for event in function.facts.events if event.kind in KEEPING):
        return False
    bound = {name for name, found in function.facts.names.items() if held & set(found)} | {
        parameter.name for index, parameter in enumerate(function.facts.parameters) if index in held
    }
    if any(node.op == "free" and node.text in bound for inner in _inside(function) for node in inner.facts.values):
        return False
    methods = _members(values, held)
    for node in values:
        if node.op != "attr" and not methods.isdisjoint(node.args if node.op != "call" else node.args[1:]):
            return False
        if held.isdisjoint(node.args) or node.op in (*WAYS, "attr", "compare", "not"):
            continue
        if node.op != "call" or not hops or not _only_asks(surface, function, node, held, hops):
            return False
    return True


def _members(values: Sequence[Value], held: set[int]) -> set[int]:
    """Return the attributes of some values, and the attributes of those."""
    found = set[int]()
    for index, node in enumerate(values):
        if node.op == "attr" and (node.args[0] in held or node.args[0] in found):
            found.add(index)
    return found


def _only_asks(surface: "Surface", function: Function, node: Value, held: set[int], hops: int) -> bool:
    """Tell whether the functions that a call gives something to keep nothing of it; a client in memory is none."""
    given = held & set(node.args[1:])
    if surface.resolver.external(function, node.args[0]) in mcp.CLIENTS:
        return True
    callees = surface.resolver.functions(function, node.args[0])
    return bool(callees) and all(
        _stays(surface, callee, index, hops - 1)
        for callee, owner in callees
        for index in taking(callee, node, given, has_receiver=owner is not None)
    )


def _inside(function: Function) -> Iterator[Function]:
    """Yield the functions that are defined in a function, at any depth."""
    for other in function.file.functions:
        outer = other.parent
        while outer is not None and outer is not function:
            outer = outer.parent
        if outer is function:
            yield other


def _is_uncalled(surface: "Surface", server: Server) -> bool:
    """Tell whether a server is the parameter of a function that nothing in the program calls or hands on."""
    found = parameter_of(server.site.function, server.site.value)
    if found is None or found[0].facts.decorators or found[0].facts.kind != "function":
        return False
    return not any(_is_mentioned(surface, scope, found[0]) for scope in surface.program.functions())


def _is_mentioned(surface: "Surface", scope: Function, function: Function) -> bool:
    """Tell whether a value may be a function; one of the same name that is known to be another is not it."""
    for index, node in enumerate(scope.facts.values):
        if any(_is_definition(scope, argument, function) for argument in node.args if argument >= 0):
            return True
        if node.op not in MENTIONS or node.text.rpartition("|")[2] != function.facts.name:
            continue
        targets = surface.resolver.resolve(scope, index)
        if not targets or any(target.function is function for target in targets):
            return True
    return False


def _is_definition(scope: Function, value: int, function: Function) -> bool:
    """Tell whether a value is a function where it is defined."""
    node = scope.facts.values[value]
    return node.op == "function" and scope is function.parent and scope.file.functions[int(node.text)] is function
