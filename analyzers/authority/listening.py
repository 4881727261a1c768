"""Where servers listen unless somebody asks for another address."""

from collections.abc import Collection, Iterable, Iterator
from typing import Literal

import msgspec

from analyzers.flow.summaries import Flow
from analyzers.frameworks import gradio, mcp
from analyzers.frameworks.mcp import Framework
from analyzers.frameworks.tls import is_loopback
from analyzers.project.forwarded import forwarded
from analyzers.project.inner import takes_streams
from analyzers.project.program import Function
from analyzers.project.servers import Server, served_by
from analyzers.project.spreads import spread_keywords
from analyzers.project.targets import Reference, argument_of
from analyzers.project.versions import allowed
from analyzers.roles import Role, role_of

APPLICATION_RUNNERS = ("uvicorn.run", "uvicorn.Config", "uvicorn.config.Config")
MAX_STEPS = 8
Bind = Literal["", "loopback", "network"]


class Address(msgspec.Struct, frozen=True):
    """An address that a server is started on, by default, and where that is written; None where it is not known.

    One that is `fixed` is written where it is started.
    """

    written: Reference
    text: str | None
    fixed: bool = False

    @property
    def said(self) -> str:
        """What a server does there, as evidence says it."""
        return f"it listens on `{self.text}`{'' if self.fixed else ' unless it is told otherwise'}"


def addresses(flow: Flow, server: Server) -> tuple[Address, ...]:
    """Return the addresses that a server, or one that it is mounted into, listens on where it speaks HTTP."""
    found: dict[Address, None] = {}
    for holder in served_by(server):
        for transport, start in holder.runs.items():
            if transport == "stdio" and len(holder.runs) > 1:
                continue
            hosts = [_address(flow, *host) for host in _hosts(flow, holder, start)]
            default = [Address(start, _by_default(flow, holder, start))] if transport != "stdio" else []
            found.update(dict.fromkeys(hosts or default))
    return tuple(found)


def _address(flow: Flow, function: Function, value: int) -> Address:
    fixed = function.facts.values[value].op == "str"
    return Address(_written(flow, function, value), flow.defaults.text(function, value), fixed)


def bind_of(found: Collection[Address]) -> Bind:
    """Tell who reaches a server by default: this machine alone, others too, "" where no address is known."""
    local = [is_loopback(address.text) for address in found if address.text is not None]
    return "" if not local else "loopback" if all(local) else "network"


def _written(flow: Flow, function: Function, value: int) -> Reference:
    """Return where the default of a value is written, as far as there is one place."""
    for _ in range(MAX_STEPS):
        found = flow.defaults.definitions(function, value)
        if len(found) != 1 or found[0][1] < 0:
            break
        function, value = found[0]
    return Reference(function, value)


def _hosts(flow: Flow, server: Server, start: Reference) -> Iterator[tuple[Function, int]]:
    """Yield the address that a start is given: by itself, else by its server, its settings or its application."""
    given = list(_given(flow, start))
    if given:
        yield from given
        return
    if "host" in server.keywords:
        yield server.site.function, server.keywords["host"]
        return
    hosts = [(function, host) for function, host in _served_on(runners(flow, start)) if host >= 0]
    yield from hosts or _common(flow, start)
    root = flow.program.package_root(start.function.file.path)
    for function, event in flow.program.stores("host"):
        if flow.program.package_root(function.file.path) == root and _is_settings(function, event.target):
            yield function, event.value


def _served_on(calls: Iterable[tuple[Function, int]]) -> Iterator[tuple[Function, int]]:
    """Yield the address that calls give, -1 for none."""
    for function, call in calls:
        yield function, argument_of(function.facts.values[call], "host", -1)


def _common(flow: Flow, start: Reference) -> list[tuple[Function, int]]:
    """Return the addresses of all calls of a package that serve applications, where each of them is local.

    Which of them serves the one in question does not matter then.
    """
    found = list(_served_on(_runners(flow, start)))
    texts = [flow.defaults.text(function, host) if host >= 0 else None for function, host in found]
    return found if all(text is not None and is_loopback(text) for text in texts) else []


def runners(flow: Flow, start: Reference) -> Iterator[tuple[Function, int]]:
    """Yield the calls that serve an application: in the file of a start, else the only one of its package."""
    found = _runners(flow, start)
    beside = [place for place in found if place[0].file is start.function.file]
    yield from beside or (found if len(found) == 1 else ())


def _runners(flow: Flow, start: Reference) -> list[tuple[Function, int]]:
    path = start.function.file.path
    root, roles = flow.program.package_root(path), (role_of(path), Role.PRODUCT)
    return [
        (function, call)
        for name in ("run", "Config")
        for function, call in flow.program.call_sites(name)
        if flow.program.package_root(function.file.path) == root
        and role_of(function.file.path) in roles
        and flow.resolver.external(function, function.facts.values[call].args[0]) in APPLICATION_RUNNERS
    ]


def _package(flow: Flow, start: Reference) -> Iterator[Function]:
    """Yield the functions of a package, of files that name an environment variable of the frameworks' address."""
    root = flow.program.package_root(start.function.file.path)
    for file in flow.program.sources:
        # What is kept of a file holds its constants as they are written: searched before it is taken apart.
        named = any(name.encode() in file.facts.body for name in mcp.HOST_VARIABLES)
        if named and flow.program.package_root(file.path) == root:
            yield from file.functions


def _by_default(flow: Flow, server: Server, start: Reference) -> str | None:
    """Return the address that frameworks, and uvicorn, bind to where none is given; None where it is not known."""
    if start.node.op != "call":
        return None
    if server.framework is Framework.GRADIO:
        # A tunnel leads to what is shared from everywhere.
        shared = argument_of(start.node, gradio.SHARE, -1) >= 0 or "**" in start.node.names
        return None if shared or _names_variable(flow, start) else mcp.DEFAULT_HOST
    called = start.function.facts.values[start.node.args[0]].text.rpartition("|")[2]
    if called in mcp.OWN_LISTENERS and not takes_streams(server, start.node):
        calls = [start.node, server.site.node]
        required = allowed(flow.program, start.function.file.path, "mcp")
        if server.framework is Framework.SDK_FASTMCP and required is not None and required.is_before(mcp.SDK_LOCAL):
            return None
    else:
        calls = [function.facts.values[call] for function, call in runners(flow, start)]
    if not calls or any("**" in node.names for node in calls) or _names_variable(flow, start):
        return None
    return mcp.DEFAULT_HOST


def _names_variable(flow: Flow, start: Reference) -> bool:
    """Tell whether a package names the environment variable of the frameworks' address."""
    return any(
        node.op == "str" and node.text in mcp.HOST_VARIABLES
        for function in _package(flow, start)
        for node in function.facts.values
    )


def _given(flow: Flow, start: Reference) -> Iterator[tuple[Function, int]]:
    """Yield the address that a call is given by its name, or in a table, `run(**options())`."""
    own = argument_of(start.node, "host", -1)
    own = own if own >= 0 else spread_keywords(flow.resolver, start.function, start.node).get("host", -1)
    if own >= 0:
        yield start.function, own
        return
    handed = forwarded(flow.resolver, start.function, start.value, "host") if start.node.op == "call" else None
    yield from ((item.function, item.value) for item in handed or () if item is not None)
    for keyword, table in zip(start.node.names, start.node.args[1:], strict=True):
        for target in flow.resolver.resolve(start.function, table) if keyword == "**" else ():
            if target.kind != "display" or target.function is None:
                continue
            entries = target.function.facts.values[target.value].args
            for key, value in zip(entries[::2], entries[1::2], strict=False):
                if key >= 0 and flow.resolver.text(target.function, key) == "host":
                    yield target.function, value


def _is_settings(function: Function, value: int) -> bool:
    """Tell whether a value is the settings of a server, `mcp.settings`."""
    node = function.facts.values[value]
    return node.op == "attr" and node.text == "settings"
