"""Functions that a function is given and calls: `run(client.get, url)`, where `run(fn, *args)` ends in `fn(*args)`."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from analyzers.facts import Value
from analyzers.flow.guards import Guard, Place
from analyzers.flow.handed import later_call
from analyzers.flow.prepared import is_prepared
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver
from analyzers.project.targets import argument_of, parameter_of

SPREAD = ("*", "**")


class Given(NamedTuple):
    """An argument of such a call: its keyword (`""`, `*`, `**`), and the parameter that it is, -1 for another value."""

    keyword: str
    parameter: int


class Passed(msgspec.Struct, frozen=True):
    """A parameter of `function` that is called at an event: what holds there, and which others it is `given`."""

    function: str
    parameter: int
    guards: tuple[tuple[Guard, Place], ...]
    event: int
    given: tuple[Given, ...] = ()


def given_of(scope: Function, call: Value, owner: Function) -> tuple[Given, ...]:
    """Return the arguments of a call as parameters of the function that the called one was given to."""
    found: list[Given] = []
    for keyword, argument in zip(call.names, call.args[1:], strict=True):
        parameter = parameter_of(scope, argument)
        is_own = parameter is not None and parameter[0] is owner
        found.append(Given(keyword, parameter[1] if parameter is not None and is_own else -1))
    return tuple(found)


def called_parameter(resolver: Resolver, function: Function, value: int) -> tuple[Function, int] | None:
    """Return the parameter that a called value is, through closures, None for anything else.

    Functions that one which registers them makes run without it: what that was given once is called as it is.
    """
    found = parameter_of(function, value)
    if found is None or found[0] is function or _gives_back(found[0]):
        return found
    return None if len(resolver.functions(function, value)) == 1 else found


def _gives_back(function: Function) -> bool:
    """Tell whether a function gives something back, as those do that make a function around another."""
    return any(event.kind in ("return", "yield") and event.value >= 0 for event in function.facts.events)


def is_given(resolver: Resolver, function: Function, value: int) -> bool:
    """Tell whether a function that is called, or handed on, is one of its caller's parameters: `partial(fn, x)` too."""
    node = function.facts.values[value]
    while is_prepared(function, node):
        value = node.args[1]
        node = function.facts.values[value]
    return called_parameter(resolver, function, value) is not None


def handed_parameters(function: Function, call: Value) -> Iterator[tuple[int, Value]]:
    """Yield the operands of a call that are parameters, each with the call that may be made of it later."""
    for position, argument in enumerate(call.args[1:]):
        if parameter_of(function, argument) is not None:
            yield argument, later_call(function, call, position + 1)


def call_of(call: Value, argument: int, owner: Function, receiver: bool, given: Sequence[Given]) -> Value:
    """Return the call that a function makes of an argument, in terms of the call that gives it the argument."""
    passed: list[tuple[str, int]] = []
    is_ordered = True
    for keyword, parameter in given:
        found = list(_passed_for(call, owner, receiver, parameter)) if parameter >= 0 else []
        # What follows a positional argument that is not known has no known place.
        is_ordered = is_ordered and bool(keyword or found)
        if keyword or is_ordered:
            passed.extend((name if keyword in SPREAD else keyword, value) for name, value in found)
    operands = tuple(value for _, value in passed)
    return Value("call", "", (argument, *operands), tuple(name for name, _ in passed), call.start, call.length)


def _passed_for(call: Value, owner: Function, receiver: bool, index: int) -> Iterator[tuple[str, int]]:
    """Yield what a call passes for a parameter, with its names; for one that takes the rest, all of that."""
    parameters = owner.facts.parameters
    parameter, first = parameters[index], index - (1 if receiver else 0)
    if parameter.kind not in SPREAD:
        argument = argument_of(call, parameter.name, first)
        if argument >= 0:
            yield "", argument
        return
    own = {other.name for other in parameters if other.kind not in SPREAD}
    for position, (name, argument) in enumerate(zip(call.names, call.args[1:], strict=True)):
        is_positional = name in ("", "*")
        if (is_positional and parameter.kind == "*" and position >= first) or (
            not is_positional and parameter.kind == "**" and name not in own
        ):
            yield name, argument
