"""How servers are put together: mounts, middleware, and the transports they are run on."""

import posixpath
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import msgspec

from analyzers.facts import Value
from analyzers.frameworks import mcp
from analyzers.frameworks.credentials import SETTINGS_BASES
from analyzers.frameworks.mcp import Framework, Transport
from analyzers.project.discovered import discover
from analyzers.project.forwarded import forwarded
from analyzers.project.inner import around, takes_streams
from analyzers.project.program import Function
from analyzers.project.servers import Server
from analyzers.project.spreads import written_keyword
from analyzers.project.starts import narrowed
from analyzers.project.targets import Reference, argument_of

if TYPE_CHECKING:
    from analyzers.project.surface import Surface


def mount(surface: "Surface", function: Function, value: int) -> None:
    """Note what `parent.mount(child)` puts together; a server made of an application mounts itself into that."""
    node = function.facts.values[value]
    callee = function.facts.values[node.args[0]]
    if callee.op != "attr":
        return
    for parent in surface.servers_of(function, callee.args[0]) or surface.bound(function, callee.args[0]):
        if parent.framework is Framework.FASTAPI:
            surface.started(parent, "http", Reference(function, value))
            continue
        for argument, keyword in zip(node.args[1:], node.names, strict=True):
            for child in surface.servers_of(function, argument):
                if put_into(parent, child, Reference(function, value)):
                    prefix(surface, child, function, node, keyword)


def provided(surface: "Surface") -> None:
    """Note what `FastMCP(providers=[app])` puts together."""
    for parent in surface.servers.values():
        function, value = parent.site.function, parent.keywords.get(mcp.PROVIDERS_KEYWORD, -1)
        listed = value >= 0 and function.facts.values[value].op in ("list", "tuple")
        for item in function.facts.values[value].args if listed else ():
            for child in surface.servers_of(function, item):
                put_into(parent, child, parent.site)
            discover(surface, parent, Reference(function, item))


def put_into(parent: Server, child: Server, mounted: Reference) -> bool:
    """Put a server into another, at a place; tell whether it was not there before."""
    if child is parent or parent in child.parents:
        return False
    child.parents.append(parent)
    child.mounts.append(mounted)
    parent.children.append(child)
    return True


def prefix(surface: "Surface", child: Server, function: Function, node: Value, keyword: str) -> None:
    """Rename the tools of a mounted server by the prefix that it is mounted with."""
    prefix = ""
    for name in ("prefix", "namespace"):
        argument = argument_of(node, name, -1)
        if argument >= 0:
            prefix = surface.resolver.text(function, argument) or ""
    if not prefix and not keyword and len(node.args) > 2 and not node.names[1]:
        prefix = surface.resolver.text(function, node.args[2]) or surface.resolver.text(function, node.args[1]) or ""
    if prefix:
        for position, entry in enumerate(surface.entries):
            if entry.server is child and entry.kind == "tool":
                surface.entries[position] = msgspec.structs.replace(entry, name=f"{prefix}_{entry.name}")


def add_middleware(surface: "Surface", function: Function, value: int) -> None:
    """Note `server.add_middleware(x)`, or that of an application around a server."""
    node = function.facts.values[value]
    callee = function.facts.values[node.args[0]]
    if callee.op != "attr" or len(node.args) < 2:
        return
    servers = surface.servers_of(function, callee.args[0]) or surface.bound(function, callee.args[0])
    servers = servers or surface.declared(function, callee.args[0])
    for server in servers:
        server.middleware.append(Reference(function, node.args[1]))
    if not servers:
        surface.asgi_users.append((Reference(function, node.args[1]), function))


def append_middleware(surface: "Surface", function: Function, value: int) -> None:
    """`server.middleware.append(f)`."""
    node = function.facts.values[value]
    callee = function.facts.values[node.args[0]]
    owner = function.facts.values[callee.args[0]] if callee.op == "attr" else None
    if owner is not None and owner.op == "attr" and owner.text == "middleware" and len(node.args) == 2:
        for server in surface.servers_of(function, owner.args[0]):
            server.middleware.append(Reference(function, node.args[1]))


def replaced_applications(surface: "Surface") -> None:
    """`server.http_app = wrapped`: what a server of the package serves is made by the program."""
    for function, target in _replaced(surface):
        root = surface.program.package_root(function.file.path)
        # Of an object that is not known it may be any server of the package.
        known = {id(server) for server in surface.servers_of(function, target)}
        for server in surface.servers.values():
            beside = surface.program.package_root(server.site.function.file.path) == root
            server.own = server.own or (beside and (not known or id(server) in known))


def _replaced(surface: "Surface") -> Iterator[tuple[Function, int]]:
    """Yield objects whose methods that make an application are replaced, `setattr(server, name, wrapped)` as well."""
    for name in mcp.APPLICATIONS:
        yield from ((function, event.target) for function, event in surface.program.stores(name))
    for function, value in surface.program.call_sites("setattr"):
        node = function.facts.values[value]
        if len(node.args) == 4 and _names_application(surface, function, node.args[2]):
            yield function, node.args[1]


def _names_application(surface: "Surface", function: Function, value: int) -> bool:
    """Tell whether a value is the name of such a method, or may be one that its function lists."""
    text = surface.resolver.text(function, value)
    if text is not None:
        return text in mcp.APPLICATIONS
    return any(node.op == "str" and node.text in mcp.APPLICATIONS for node in function.facts.values)


def referred_runs(surface: "Surface") -> None:
    """`anyio.run(server.run_stdio_async)`: the method is handed on and called elsewhere."""
    for name in mcp.RUNNERS:
        for function, value in surface.program.call_sites(name):
            for argument in function.facts.values[value].args[1:]:
                node = function.facts.values[argument]
                if node.op == "attr" and node.text in (*mcp.STDIO_CALLS, *mcp.HTTP_CALLS):
                    reached: Transport = "stdio" if node.text in mcp.STDIO_CALLS else "http"
                    for server in surface.servers_of(function, node.args[0]):
                        surface.started(server, reached, Reference(function, value))


def run(surface: "Surface", function: Function, value: int, name: str) -> None:
    """Note the transports that one call runs servers on."""
    node = function.facts.values[value]
    callee = function.facts.values[node.args[0]]
    receivers = _receivers(surface, function, callee.args[0]) if callee.op == "attr" else []
    if name in mcp.RUN_CALLS:
        if not receivers and callee.op == "attr":
            receivers = surface.declared(*around(function, callee.args[0]))
        for server in receivers:
            for transport in run_transports(surface, server, function, value):
                if takes_streams(server, node) and transport == "http":
                    surface.served_streams.append((server, Reference(function, value)))
                else:
                    surface.started(server, transport, Reference(function, value))
        return
    reached: Transport = "stdio" if name in mcp.STDIO_CALLS else "http"
    for argument in node.args[1:]:
        receivers = receivers or surface.servers_of(function, argument)
    named = callee.op == "attr" and any(map(mcp.is_framework, surface.resolver.externals(function, node.args[0])))
    if not receivers and (callee.op != "attr" or named):
        receivers = same_package(surface, function)
    for server in receivers:
        surface.started(server, reached, Reference(function, value))


def _receivers(surface: "Surface", function: Function, value: int) -> list[Server]:
    """Return the servers that a method of an object is called of."""
    extended = surface.extended_by(function, value)
    return extended or surface.servers_of(function, value) or surface.bound(function, value)


def run_transports(surface: "Surface", server: Server, function: Function, value: int) -> Iterable[Transport]:
    """Return the transports that `server.run(...)` may use."""
    node = function.facts.values[value]
    if takes_streams(server, node):
        streams = [_taken_from(function, argument) for argument in node.args[1:3]]
        names = [name for stream in streams for name in surface.resolver.externals(function, stream)]
        if any("stdio_server" in name for name in names):
            return ("stdio",)
        if any("Sse" in name or "sse" in name or "treamable" in name for name in names):
            return ("http",)
        return ("stdio",) if _reads_stdin(function) else ()
    argument = argument_of(node, "transport", 0)
    if argument < 0:
        argument = written_keyword(surface.resolver, function, node, "transport")
    if _is_refused(surface, server, function, node):
        return ()
    if argument < 0:
        return ("stdio",) if "**" not in node.names else _handed_on(surface, function, value)
    return narrowed(surface.resolver, function, value, argument, _named(surface, function, argument))


def _reads_stdin(function: Function) -> bool:
    """Tell whether the file of a function reads what the process is sent: streams of its own are fed by that."""
    return any(
        node.op == "attr" and node.text == "stdin" and scope.facts.values[node.args[0]].text.split("|")[0] == "sys"
        for scope in function.file.functions
        for node in scope.facts.values
    )


def _is_refused(surface: "Surface", server: Server, function: Function, node: Value) -> bool:
    """Tell whether `run` is given an address, which `FastMCP.run` of the SDK does not take: it raises `TypeError`.

    Read in mcp 1.2, 1.9, 1.22 and 1.30: `run(transport, mount_path)`.
    """
    if server.framework is not Framework.SDK_FASTMCP or {"host", "port"}.isdisjoint(node.names):
        return False
    made = surface.resolver.externals(server.site.function, server.site.value)
    own = surface.resolver.functions(function, node.args[0])
    return not own and bool(made) and all(name.startswith("mcp.") for name in made)


def _handed_on(surface: "Surface", function: Function, value: int) -> tuple[Transport, ...]:
    """Return the transports that `server.run(**options)` may use, by what the callers of a function pass through it."""
    given = forwarded(surface.resolver, function, value, "transport")
    if given is None:
        return ("stdio", "http")
    default: tuple[Transport, ...] = ("stdio",)
    named = (_named(surface, item.function, item.value) if item is not None else default for item in given)
    return tuple(sorted({kind for kinds in named for kind in kinds}))


def _named(surface: "Surface", function: Function, argument: int) -> tuple[Transport, ...]:
    """Return the transports that a value names, all where it may be another."""
    targets = surface.resolver.resolve(function, argument)
    texts = {target.name for target in targets if target.kind == "text"}
    known: set[Transport] = {
        "stdio" if text == "stdio" else "http" for text in texts if text == "stdio" or text in mcp.HTTP_NAMES
    }
    sure = known and all(target.kind == "text" for target in targets)
    sure = sure and not _is_read_from_outside(surface, function, argument)
    return tuple(sorted(known)) if sure else ("http", "stdio")


def _is_read_from_outside(surface: "Surface", function: Function, value: int) -> bool:
    """Tell whether a value is a field of settings, which the environment may set to something else than its default."""
    node = function.facts.values[value]
    owners = surface.resolver.resolve(function, node.args[0]) if node.op == "attr" else ()
    return any(
        base in SETTINGS_BASES
        for owner in owners
        if owner.kind == "instance" and owner.function is not None
        for base in surface.resolver.linearize(owner.function)[1]
    )


def _taken_from(function: Function, value: int) -> int:
    """Return what a stream is one of the two of: `async with stdio_server() as (reading, writing)`."""
    node = function.facts.values[value]
    while node.op in ("item", "index", "enter", "element"):
        value = node.args[0]
        node = function.facts.values[value]
    return value


def same_package(surface: "Surface", function: Function) -> list[Server]:
    """Return the servers made in the same file, or else in the same folder."""
    here = [server for server in surface.servers.values() if server.site.function.file is function.file]
    if here:
        return here
    folder = function.file.directory
    return [
        server for server in surface.servers.values() if posixpath.dirname(server.site.function.file.path) == folder
    ]
