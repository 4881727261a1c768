"""Why anyone on the network can call the tools of a server."""

from collections.abc import Iterator

from analyzers.authority.harm import effect_evidence
from analyzers.authority.rows import Row
from analyzers.authority.servers import ServerState
from analyzers.finding import Evidence
from analyzers.frameworks import mcp


def exposed_evidence(row: Row, state: ServerState, worst: Row) -> Iterator[Evidence]:
    """Yield how callers get to a tool, by the server that they connect to, and the worst that one of its tools does."""
    server, site = state.server, state.server.site
    default = " unless a setting asks for one" if row.state.open_by_default else ""
    idle = mcp.CONFIGURED in server.keywords and not state.possibly
    provider = f"with an `{mcp.CONFIGURED}` that verifies no token" if idle else "without an authentication provider"
    made = f"`{server.symbol}` is made {provider}{default}"
    yield Evidence(site.function.file.path, site.function.line_of(site.value), made)
    if row.entry.declared in row.state.open_routes:
        function, value = row.entry.declared.function, row.entry.declared.value
        note = f"this route asks nothing of its callers, where others run `{row.state.authentication}`"
        yield Evidence(function.file.path, function.line_of(value), note)
    around = row.state.open_application
    if around is not None:
        yield Evidence(*around.place[:2], f"`{around.name}` {around.said}")
    for transport, run in sorted(server.runs.items()):
        if transport != "stdio":
            yield Evidence(run.function.file.path, run.function.line_of(run.value), "it is served over HTTP")
    for address in state.addresses:
        if address.text is not None:
            written = address.written
            yield Evidence(written.function.file.path, written.function.line_of(written.value), address.said)
    yield from effect_evidence(worst)
