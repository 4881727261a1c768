"""Where servers listen unless somebody asks for another address."""

from collections.abc import Iterator

from analyzers.facts import Value
from analyzers.flow.summaries import Flow
from analyzers.frameworks import mcp
from analyzers.frameworks.mcp import Framework
from analyzers.frameworks.tls import is_loopback
from analyzers.project.program import Function
from analyzers.project.servers import Server
from analyzers.project.targets import Reference, argument_of
from analyzers.project.versions import allowed

APPLICATION_RUNNERS = ("uvicorn.run", "uvicorn.Config", "uvicorn.config.Config")


def listens_locally(flow: Flow, server: Server) -> bool:
    """Tell whether a server is bound to a loopback address by default, wherever its address is known."""
    found: set[str | None] = set()
    for transport, start in server.runs.items():
        given = {flow.defaults.text(function, host) for function, host in _hosts(flow, server, start)}
        found |= given or ({_by_default(flow, server, start)} if transport != "stdio" else set())
    texts = found - {None}
    return bool(texts) and all(text is not None and is_loopback(text) for text in texts)


def _hosts(flow: Flow, server: Server, start: Reference) -> Iterator[tuple[Function, int]]:
    """Yield the address that a start is given: by itself, else by its server, its settings or its application."""
    own = argument_of(start.node, "host", -1)
    if own >= 0:
        yield start.function, own
        return
    if "host" in server.keywords:
        yield server.site.function, server.keywords["host"]
        return
    for function, node in _runners(flow, start):
        host = argument_of(node, "host", -1)
        if host >= 0:
            yield function, host
    for function in _package(flow, start):
        for event in function.facts.events:
            if event.kind == "store" and event.text == "host" and _is_settings(function, event.target):
                yield function, event.value


def _runners(flow: Flow, start: Reference) -> Iterator[tuple[Function, Value]]:
    """Yield the calls in the file of a start that serve an application."""
    for name in ("run", "Config"):
        for function, call in flow.program.call_sites(name):
            node = function.facts.values[call]
            runs = function.file is start.function.file
            if runs and flow.resolver.external(function, node.args[0]) in APPLICATION_RUNNERS:
                yield function, node


def _package(flow: Flow, start: Reference) -> Iterator[Function]:
    root = flow.program.package_root(start.function.file.path)
    for file in flow.program.sources:
        if flow.program.package_root(file.path) == root:
            yield from file.functions


def _by_default(flow: Flow, server: Server, start: Reference) -> str | None:
    """Return the address that frameworks, and uvicorn, bind to where none is given; None where it is not known."""
    if start.node.op != "call":
        return None
    called = start.function.facts.values[start.node.args[0]].text.rpartition("|")[2]
    if called in mcp.OWN_LISTENERS and server.framework is not Framework.LOW_LEVEL:
        calls = [start.node, server.site.node]
        required = allowed(flow.program, start.function.file.path, "mcp")
        if server.framework is Framework.SDK_FASTMCP and required is not None and required.is_before(mcp.SDK_LOCAL):
            return None
    else:
        calls = [node for _, node in _runners(flow, start)]
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


def _is_settings(function: Function, value: int) -> bool:
    """Tell whether a value is the settings of a server, `mcp.settings`."""
    node = function.facts.values[value]
    return node.op == "attr" and node.text == "settings"
