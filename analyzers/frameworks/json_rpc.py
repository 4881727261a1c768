"""How programs speak MCP without a framework: requests told apart by their method, and the handlers of methods."""

from collections.abc import Iterator

import msgspec

from analyzers.facts import FileFacts, FunctionFacts
from analyzers.frameworks.mcp import ADD_REQUEST_HANDLER, REQUEST_TABLES

# The request that calls a tool, and those of which a server answers at least one beside it.
CALL = "tools/call"
BESIDE = frozenset({"tools/list", "initialize"})
MARK = CALL.encode()
# Where a request and its parameters keep the name of the tool.
PARAMETERS = "params"
NAME = "name"
# What is in the answers to those requests, and in no request of a client that compares nothing.
ANSWERED = frozenset({"protocolVersion", "serverInfo", "tools", "inputSchema"})
# What can be no handler.
PLAIN = frozenset({"str", "number", "bool", "none", "template", "bytes", "secret", "map", "list", "tuple", "set"})

# Methods, beside those with the name of a guard, that say whether a caller may.
AUTHORIZING_METHODS = frozenset({"authorize", "is_authorized", "is_allowed", "allows", "can", "permits", "has_scope"})

# Decorators and calls of web frameworks that give a path to a function.
ROUTE_DECORATORS = frozenset({"post", "route", "api_route", "websocket", "websocket_route", "put"})
ROUTE_CALLS = frozenset(
    {
        *("Route", "WebSocketRoute", "Mount", "APIRoute", "add_route", "add_api_route", "add_url_rule"),
        *("add_post", "add_websocket_route", "post", "route", "add_get", "get", "serve"),
    }
)
# Methods by which classes of web frameworks and of `http.server` answer.
ANSWERING_METHODS = frozenset({"do_POST", "post", "on_post"})
LAMBDA = "lambda_handler"
ASGI = ("scope", "receive", "send")


class Handled(msgspec.Struct, frozen=True):
    """What a function has for a method of the protocol: where, and the value that handles it, -1 for its own body."""

    method: str
    site: int
    handler: int


def comparison_of(facts: FunctionFacts) -> int:
    """Return the comparison by which a function tells calls of tools from other requests, -1 where it does not."""
    values = facts.values
    found: dict[str, dict[str, int]] = {}
    for event in facts.events:
        if event.kind == "true":
            for site, method in _compared(facts, event.value):
                subject = values[values[site].args[0]]
                found.setdefault(f"{subject.op} {subject.text}", {}).setdefault(method, site)
    both = (sites for sites in found.values() if CALL in sites and not BESIDE.isdisjoint(sites))
    return next((sites[CALL] for sites in both), -1)


def _compared(facts: FunctionFacts, value: int) -> Iterator[tuple[int, str]]:
    values, waiting = facts.values, [value]
    while waiting:
        site = waiting.pop()
        node = values[site]
        if node.op in ("and", "or"):
            waiting.extend(node.args)
        elif node.op == "compare" and node.text in ("==", "in"):
            other = values[node.args[1]]
            items = [values[item] for item in other.args] if other.op in ("tuple", "list", "set") else [other]
            for item in items:
                if item.op == "str":
                    yield site, item.text


def handlers_in(facts: FunctionFacts) -> list[Handled]:
    """Return the handlers of calls of tools in tables and registrations that have one for another request as well."""
    found = [*_tables(facts), *_stores(facts), *_registrations(facts)]
    methods = {item.method for item in found}
    return [item for item in found if item.method == CALL] if not BESIDE.isdisjoint(methods) else []


def _tables(facts: FunctionFacts) -> Iterator[Handled]:
    """`{"tools/list": list_tools, "tools/call": call_tool}`."""
    values = facts.values
    for site, node in enumerate(values):
        if node.op == "map":
            for key, value in zip(node.args[::2], node.args[1::2], strict=True):
                if key >= 0 and values[key].op == "str" and values[value].op not in PLAIN:
                    yield Handled(values[key].text, site, value)


def _stores(facts: FunctionFacts) -> Iterator[Handled]:
    """`HANDLERS["tools/call"] = call_tool`, but for the tables of the SDK's own servers."""
    values = facts.values
    for event in facts.events:
        if event.kind == "store" and event.text == "[]":
            table, key = values[event.target].args
            if values[key].op == "str" and values[table].text not in REQUEST_TABLES:
                yield Handled(values[key].text, event.value, event.value)


def _registrations(facts: FunctionFacts) -> Iterator[Handled]:
    """`register("tools/call", call_tool)`, and `@method("tools/call")`, whose function is not an argument."""
    values = facts.values
    for event in facts.events:
        node = values[event.value] if event.kind == "call" else None
        if node is None or not 2 <= len(node.args) <= 3 or values[node.args[1]].op != "str" or node.names[0]:
            continue
        if values[node.args[0]].text.rpartition("|")[2] != ADD_REQUEST_HANDLER:
            yield Handled(values[node.args[1]].text, event.value, node.args[2] if len(node.args) > 2 else -1)


def speaks(facts: FileFacts) -> bool:
    """Tell whether a file has what tells calls of tools from other requests of the protocol."""
    return MARK in facts.body and any(
        comparison_of(function) >= 0 or handlers_in(function) for function in facts.functions
    )
