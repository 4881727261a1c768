"""Requests that are made before they are opened: `urlopen(Request(url))` is one request, sent where it is opened."""

from analyzers.facts import Event, Value
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver
from analyzers.project.targets import argument_of

MADE, OPENING = "urllib.request.Request", "urllib.request.urlopen"


def sent(resolver: Resolver, function: Function, event: Event, node: Value) -> Value | None:
    """Return the call that says what a call at an event sends: the request that it opens, itself as a rule.

    None where the function opens what the call makes, which tells of it.
    """
    names = resolver.externals(function, node.args[0])
    if OPENING in names:
        given = argument_of(node, "url", 0)
        return function.facts.values[given] if _is_made(resolver, function, given) else node
    is_own = function.facts.values[event.value] is node
    return None if MADE in names and is_own and _is_opened(resolver, function, event.value) else node


def _is_made(resolver: Resolver, function: Function, value: int) -> bool:
    node = function.facts.values[value] if value >= 0 else None
    return node is not None and node.op == "call" and MADE in resolver.externals(function, node.args[0])


def _is_opened(resolver: Resolver, function: Function, request: int) -> bool:
    values = function.facts.values
    return any(
        argument_of(values[event.value], "url", 0) == request
        and OPENING in resolver.externals(function, values[event.value].args[0])
        for event in function.calls()
    )
