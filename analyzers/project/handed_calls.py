"""What a function is given by the one that it is handed to: `execute(work)`, which calls `fn(client)`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from analyzers.facts import Event, Value
from analyzers.project.program import Function
from analyzers.project.targets import parameter_of, taking

if TYPE_CHECKING:
    from analyzers.project.resolve import Resolver


STARRED = "*"


def calls_of_takers(resolver: "Resolver", callee: Function) -> Iterator[tuple[Function, int, bool]]:
    """Yield the calls that functions make of another one that they are handed, as (function, value, has receiver)."""
    waiting = list(dict.fromkeys(_takers(resolver, callee)))
    seen = set(waiting)
    while waiting:
        taker, position, is_bound = waiting.pop(0)
        for scope, node, event in _calls_in(taker):
            if parameter_of(scope, node.args[0]) == (taker, position):
                yield scope, event.value, is_bound
            for value in node.args[1:]:
                if parameter_of(scope, value) != (taker, position):
                    continue
                fresh = [(*found, is_bound) for found in _taken(resolver, scope, node, value)]
                waiting += [found for found in dict.fromkeys(fresh) if found not in seen]
                seen.update(fresh)


def injected(resolver: "Resolver", callee: Function) -> int:
    """Return how many arguments decorators put in front of those that a function is called with."""
    most = 0
    for taker, position, _ in _decorators(resolver, callee):
        for scope, node, _ in _calls_in(taker):
            if STARRED in node.names and parameter_of(scope, node.args[0]) == (taker, position):
                own = sum(not parameter.kind for parameter in scope.facts.parameters)
                most = max(most, node.names.index(STARRED) - own)
    return most


def _decorators(resolver: "Resolver", callee: Function) -> Iterator[tuple[Function, int, bool]]:
    """Yield the program's decorators of a function, with the parameter that it is there."""
    parent = callee.parent
    if parent is None:
        return
    for decorator in callee.facts.decorators:
        for taker, owner in resolver.functions(parent, decorator):
            position = 0 if owner is None else 1
            if position < len(taker.facts.parameters):
                yield taker, position, False


def _calls_in(taker: Function) -> Iterator[tuple[Function, Value, Event]]:
    """Yield the calls of a function and of those that are made in it."""
    for scope in (taker, *(inner for inner in taker.file.functions if inner.parent is taker)):
        for event in scope.calls():
            yield scope, scope.facts.values[event.value], event


def _takers(resolver: "Resolver", callee: Function) -> Iterator[tuple[Function, int, bool]]:
    """Yield the functions that one is handed to, with the parameter that it is there, and whether it is bound."""
    yield from _decorators(resolver, callee)
    for mention in resolver.program.mentions(callee.facts.name):
        function = mention.function
        node = function.facts.values[function.facts.events[mention.event].value]
        if mention.value not in node.args[1:] or not _may_be(function, mention.value, callee):
            continue
        for found, receiver in resolver.functions(function, mention.value):
            for taker in _taken(resolver, function, node, mention.value) if found is callee else ():
                yield *taker, receiver is not None


def _taken(resolver: "Resolver", function: Function, node: Value, value: int) -> Iterator[tuple[Function, int]]:
    """Yield the functions that a call gives a value, each with the parameter that it is there."""
    for taker, owner in resolver.functions(function, node.args[0]):
        yield from ((taker, index) for index in taking(taker, node, (value,), has_receiver=owner is not None))


def _may_be(function: Function, value: int, callee: Function) -> bool:
    """Tell lambdas apart, which all have one name."""
    node = function.facts.values[value]
    is_own = node.op == "function" and function.file is callee.file and int(node.text) == callee.index
    return is_own or callee.facts.kind != "lambda"
