"""Where servers listen unless somebody asks for another address."""

from collections.abc import Iterator

from analyzers.flow.summaries import Flow
from analyzers.frameworks.tls import is_loopback
from analyzers.project.program import Function
from analyzers.project.servers import Server
from analyzers.project.targets import Reference, argument_of

APPLICATION_RUNNERS = ("uvicorn.run", "uvicorn.Config", "uvicorn.config.Config")


def listens_locally(flow: Flow, server: Server) -> bool:
    """Tell whether a server is bound to a loopback address by default, wherever its address is known."""
    texts = {
        flow.defaults.text(function, host)
        for start in server.runs.values()
        for function, host in _hosts(flow, server, start)
    } - {None}
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
    root = flow.program.package_root(start.function.file.path)
    for name in ("run", "Config"):
        for function, call in flow.program.call_sites(name):
            node = function.facts.values[call]
            host = argument_of(node, "host", -1)
            runs = function.file is start.function.file and host >= 0
            if runs and flow.resolver.external(function, node.args[0]) in APPLICATION_RUNNERS:
                yield function, host
    for function, event in flow.program.stores("host"):
        if flow.program.package_root(function.file.path) == root and _is_settings(function, event.target):
            yield function, event.value


def _is_settings(function: Function, value: int) -> bool:
    """Tell whether a value is the settings of a server, `mcp.settings`."""
    node = function.facts.values[value]
    return node.op == "attr" and node.text == "settings"
