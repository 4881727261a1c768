"""Servers whose authentication is only there where a setting asks for it."""

from typing import TYPE_CHECKING

from analyzers.authority.applications import asgi_authentication
from analyzers.authority.asked_routes import is_unset
from analyzers.authority.inherited import inherited_providers
from analyzers.authority.listening import addresses, bind_of
from analyzers.authority.unconfigured import is_absent, is_exposed, is_taken, skipped_by, truth_by_default
from analyzers.flow.summaries import Flow
from analyzers.frameworks import mcp
from analyzers.project.program import Function
from analyzers.project.servers import Server, served_by

if TYPE_CHECKING:
    from analyzers.authority.servers import ServerReader

MAX_DEPTH = 4
BRANCHES = ("true", "false")


def is_open_by_default(reader: "ServerReader", server: Server) -> bool:
    """Tell whether a server that is exposed has its authentication only where a setting asks for it."""
    asgi = asgi_authentication(reader, server)
    if asgi is not None and asgi.unset:
        return True
    for holder in served_by(server):
        if holder.routes and is_unset(reader, holder):
            return True
        function = holder.site.function
        keys = mcp.AUTHENTICATION_KEYWORDS
        given = [(function, value) for key in keys if (value := holder.keywords.get(key, -1)) >= 0]
        given = given or list(inherited_providers(reader.flow.resolver, holder))
        absent = all(is_absent(reader.flow, *way) for way in given) if given else _is_spread_away(reader, holder)
        absent = absent or _is_other(reader, holder)
        if absent and _is_reached(reader.flow, holder):
            return True
    return False


def _is_reached(flow: Flow, server: Server) -> bool:
    """Tell whether a server is, by default, reached from other machines."""
    exposed = any(is_exposed(flow, run.function) for run in server.runs.values())
    return exposed or bind_of(addresses(flow, server)) == "network"


def _is_other(reader: "ServerReader", server: Server) -> bool:
    """Tell whether another server, without a provider, is made in the stead of one as long as settings are unset."""
    is_open = any(
        all(other.keywords.get(keyword, -1) < 0 for keyword in mcp.AUTHENTICATION_KEYWORDS) for other in server.others
    )
    return is_open and skipped_by(reader.flow, server.site.function, server.site.value) is not None


def _is_spread_away(reader: "ServerReader", server: Server) -> bool:
    """Tell whether no table that a server is made with, `Server(**options)`, has a provider by default."""
    function, node = server.site.function, server.site.node
    given = zip(node.names, node.args[1:], strict=True) if node.op == "call" else ()
    tables = [table for keyword, table in given if keyword == "**"]
    return bool(tables) and all(_is_without(reader.flow, function, table, MAX_DEPTH) for table in tables)


def _is_without(flow: Flow, function: Function, table: int, depth: int) -> bool:
    """Tell whether a table has no provider as long as every setting keeps its default."""
    node = function.facts.values[table] if table >= 0 else None
    if node is None or not depth:
        return False
    if node.op == "map":
        keys = [flow.resolver.text(function, key) if key >= 0 else None for key in node.args[::2]]
        return None not in keys and not set(keys) & set(mcp.AUTHENTICATION_KEYWORDS)
    if node.op == "select":
        truth = truth_by_default(flow, function, node.args[0])
        return truth is not None and _is_without(flow, function, node.args[1 if truth else 2], depth - 1)
    callees = [callee for callee, _ in flow.resolver.functions(function, node.args[0])] if node.op == "call" else []
    return bool(callees) and all(_answers_without(flow, callee, depth - 1) for callee in callees)


def _answers_without(flow: Flow, callee: Function, depth: int) -> bool:
    """Tell whether a function answers such a table: at once by default, or wherever it ends."""
    events = callee.facts.events
    returns = [event for event in events if event.kind == "return"]
    for event in returns:
        before = events[event.dominator] if event.dominator >= 0 else None
        if before is not None and before.kind in BRANCHES and is_taken(flow, callee, before):
            return _is_without(flow, callee, event.value, depth)
    return bool(returns) and all(_is_without(flow, callee, event.value, depth) for event in returns)
