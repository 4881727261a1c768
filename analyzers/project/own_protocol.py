"""Servers that speak MCP by themselves: a function, or a table, that tells `tools/call` from other requests."""

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

import msgspec

from analyzers.facts import Event, Value
from analyzers.frameworks import json_rpc
from analyzers.frameworks.mcp import Framework
from analyzers.project.branches import Branch, Step, Way, respelt
from analyzers.project.declarations import Told, told_apart
from analyzers.project.dispatch import branches_of
from analyzers.project.program import Function
from analyzers.project.reached import Reached
from analyzers.project.servers import UNRESOLVED, EntryPoint, Server
from analyzers.project.targets import Reference
from analyzers.project.wiring import put_into
from analyzers.walks import reached

if TYPE_CHECKING:
    from analyzers.project.surface import Surface

MAX_HOPS = 4
MAX_ANSWERS = 40
MADE_OF = 24
CHOICES = ("phi", "or", "and", "default", "await", "select")


class Spoken(msgspec.Struct, frozen=True):
    """A function that answers calls of tools, where that is told, and what holds there of the request."""

    function: Function
    site: Reference
    request: Branch | None = None


def find_own(surface: "Surface") -> None:
    """Add the servers that speak the protocol themselves, with their tools and where they are reached."""
    found: dict[tuple[str, int], list[Spoken]] = {}
    for file in surface.program.sources:
        if json_rpc.MARK in file.facts.body:
            for function in file.functions:
                for spoken in _spoken(surface, function):
                    found.setdefault((spoken.site.function.id, spoken.site.value), []).append(spoken)
    reached = Reached(surface) if found else None
    for key, answering in found.items():
        if key not in surface.servers and reached is not None and _answers(surface, answering):
            server = surface.servers[key] = _server(answering[0].site)
            for spoken in answering:
                _serve(surface, server, spoken)
                reached.start(server, spoken.function, spoken.site)


def _spoken(surface: "Surface", function: Function) -> Iterator[Spoken]:
    """Yield what answers calls of tools: the function itself, or those that it has in a table for that."""
    compared = json_rpc.comparison_of(function.facts)
    if compared >= 0:
        request = Branch(json_rpc.CALL, function, _same(function, compared), surface.resolver)
        yield Spoken(function, Reference(function, compared), request)
    for handled in json_rpc.handlers_in(function.facts):
        site = Reference(function, handled.site)
        handlers = surface.resolver.functions(function, handled.handler) if handled.handler >= 0 else ()
        decorated = (inner for inner in function.file.functions if inner.parent is function)
        if handled.handler < 0:
            handlers = tuple((inner, None) for inner in decorated if handled.site in inner.facts.decorators)
        for handler, _ in handlers:
            yield Spoken(handler, site)


def _same(function: Function, compared: int) -> tuple[int, ...]:
    """Return the values that are the method of the request: what is compared, wherever it is written."""
    values = function.facts.values
    subject = values[values[compared].args[0]]
    return tuple(index for index, node in enumerate(values) if _is_alike(function, node, subject, MAX_HOPS))


def _is_alike(function: Function, one: Value, other: Value, depth: int) -> bool:
    """Tell whether two values are written alike: `request.method` here and there."""
    if one is other:
        return True
    if not depth or (one.op, one.text, len(one.args)) != (other.op, other.text, len(other.args)):
        return False
    values = function.facts.values
    return one.op != "phi" and all(
        _is_alike(function, values[left], values[right], depth - 1)
        for left, right in zip(one.args, other.args, strict=True)
    )


def _server(site: Reference) -> Server:
    function = site.function
    bound = next((name for name, values in function.facts.names.items() if site.value in values), "")
    outer = "" if function.facts.kind == "module" else function.facts.qualname
    symbol = ".".join(filter(None, (outer, bound))) or "requests"
    return Server(f"{function.file.path.rpartition('.')[0]}:{symbol}", Framework.JSON_RPC, site, {})


def _answers(surface: "Surface", answering: list[Spoken]) -> bool:
    """Tell whether what tells the requests apart also answers them, as nothing does that only looks at them."""
    site = answering[0].site
    first = [spoken.function for spoken in answering]
    for part in site.node.args:
        first.extend(callee for callee, _ in _functions(surface, site.function, part))
    # What handles the other requests of a table stands in it, or beside it.
    beside = site.function.file.functions if site.node.op != "compare" else ()
    run = reached(first, lambda function: _called(surface, function), MAX_ANSWERS)
    return any(_is_answer(function, node) for function in chain(beside, run) for node in function.facts.values)


def _called(surface: "Surface", function: Function) -> Iterator[Function]:
    for event in function.calls():
        called = surface.resolver.functions(function, function.facts.values[event.value].args[0])
        yield from (callee for callee, _ in called)


def _functions(surface: "Surface", function: Function, value: int) -> tuple[tuple[Function, Function | None], ...]:
    is_plain = value < 0 or function.facts.values[value].op in json_rpc.PLAIN
    return () if is_plain else surface.resolver.functions(function, value)


def _is_answer(function: Function, node: Value) -> bool:
    values = function.facts.values
    if node.op == "map":
        return any(key >= 0 and values[key].text in json_rpc.ANSWERED for key in node.args[::2])
    return node.op == "call" and not json_rpc.ANSWERED.isdisjoint(node.names)


def _serve(surface: "Surface", server: Server, spoken: Spoken) -> None:
    """Add the tools that calls lead to, or the server of a framework that they are handed on to."""
    ways = list(_ways(surface, Way(surface.resolver, spoken.function, (), (), frozenset(), spoken.request)))
    if told_apart(surface, server, "tool", Told(spoken.function, spoken.site, branches_of(ways))):
        return
    inner = [child for way in ways for child in _handed_to(surface, way)]
    for child in inner:
        put_into(server, child, spoken.site)
    if not inner:
        way = ways[-1] if ways else Way(surface.resolver, spoken.function, (), (), frozenset(), spoken.request)
        branch = way.branch(UNRESOLVED, None, -1)
        entry = EntryPoint(server, UNRESOLVED, "tool", spoken.function, spoken.site, branch=branch, dynamic=True)
        surface.entries.append(entry)


def _ways(surface: "Surface", way: Way) -> Iterator[Way]:
    """Yield the functions that a call passes which take the name of the tool out of its request."""
    function = way.function
    names = _names(way)
    if names:
        yield way._replace(subject=names, seen=way.seen | {function.id})
    if len(way.via) >= MAX_HOPS:
        return
    for index, event in enumerate(function.facts.events):
        if event.kind != "call" or not _belongs(way, event):
            continue
        node = function.facts.values[event.value]
        for callee, _ in surface.resolver.functions(function, node.args[0]):
            if callee.id not in way.seen and callee is not function:
                via = (*way.via, Step(function, index, names))
                yield from _ways(surface, Way(way.resolver, callee, (), via, way.seen | {function.id}))


def _belongs(way: Way, event: Event) -> bool:
    """Tell whether a call only happens for calls of tools, and may be given what they ask for."""
    node = way.function.facts.values[event.value]
    return len(node.args) > 1 and (way.request is None or way.request.is_exclusive(event))


def _names(way: Way) -> tuple[int, ...]:
    """Return the values of a function that are the name of the tool in a request, other spellings among them."""
    function, values = way.function, way.function.facts.values
    found = {index for index, node in enumerate(values) if _is_name(way, index, node)}
    for index, node in enumerate(values):
        if node.op in CHOICES and index not in found:
            parts = node.args[1:] if node.op == "select" else node.args
            others = [values[part].op for part in parts if part not in found]
            if len(others) < len(parts) and all(op in json_rpc.PLAIN for op in others):
                found.add(index)
    return (*sorted(found), *respelt(function, found)) if found else ()


def _is_name(way: Way, index: int, node: Value) -> bool:
    """Tell whether a value is the name in the parameters of a request: `params["name"]`, `params.get("name")`."""
    function, values = way.function, way.function.facts.values
    if node.op == "index":
        return values[node.args[1]].text == json_rpc.NAME and _is_request(way, node.args[0])
    if node.op == "attr":
        return node.text == json_rpc.NAME and values[node.args[0]].text == json_rpc.PARAMETERS
    if node.op != "call" or len(node.args) < 2 or values[node.args[1]].text != json_rpc.NAME:
        return False
    callee = values[node.args[0]]
    if callee.op != "attr" or callee.text not in ("get", "pop") or not _is_request(way, callee.args[0]):
        return False
    event = function.event_of(index)
    return way.request is None or event < 0 or way.request.is_alive(function.facts.events[event])


def _is_request(way: Way, value: int) -> bool:
    """Tell whether a value is the parameters of a request, or what a function was given of it."""
    values = way.function.facts.values
    parts = [values[part] for part in way.function.made_of(value, most=MADE_OF)]
    named = any(part.text == json_rpc.PARAMETERS for part in parts)
    return named or (bool(way.via) and values[value].op == "param")


def _handed_to(surface: "Surface", way: Way) -> Iterator[Server]:
    """Yield the servers of frameworks that a function hands calls on to: `server.call_tool(name, arguments)`."""
    function, values = way.function, way.function.facts.values
    for event in function.calls():
        if way.request is not None and not way.request.is_exclusive(event):
            continue
        root = values[event.value].args[0]
        while values[root].op in ("attr", "index", "call", "await") and values[root].args:
            root = values[root].args[0]
            yield from surface.servers_of(function, root) or surface.bound(function, root)
