"""Functions that give back what a function gives that they are given: `aside(read, path)` runs it in a thread."""

from analyzers.facts import Value
from analyzers.flow.callbacks import call_of, given_of
from analyzers.flow.prepared import made_of
from analyzers.frameworks.threads import handed_position
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver
from analyzers.project.targets import argument_of, parameter_of


def run_by(resolver: Resolver, function: Function, call: Value) -> Value | None:
    """Return the call whose result a call gives back: what a runner or a thread makes of what it is given here.

    None where it runs nothing, or what its own caller gives it.
    """
    runners = resolver.functions(function, call.args[0])
    if not runners:
        made = _handed(resolver, function, call)
    elif len(runners) == 1:
        made = _made_by(resolver, call, runners[0][0], receiver=runners[0][1] is not None)
    else:
        return None
    return made_of(function, made) if made is not None and parameter_of(function, made.args[0]) is None else None


def run_elsewhere(resolver: Resolver, function: Function, call: Value) -> int:
    """Return the operand of a call that a thread runs, -1 where there is none."""
    made = _handed(resolver, function, call)
    return made.args[0] if made is not None else -1


def _handed(resolver: Resolver, function: Function, call: Value) -> Value | None:
    names = resolver.externals(function, call.args[0])
    position = next((found for name in names if (found := handed_position(name))), 0)
    if not 0 < position < len(call.args) or any(call.names[:position]):
        return None
    return Value("call", "", call.args[position:], call.names[position:], call.start, call.length)


def _made_by(resolver: Resolver, call: Value, runner: Function, *, receiver: bool) -> Value | None:
    run = _given_back(resolver, runner)
    if run is None:
        return None
    parameter = runner.facts.parameters[run.args[0]]
    argument = argument_of(call, parameter.name, run.args[0] - (1 if receiver else 0))
    return call_of(call, argument, runner, receiver, given_of(runner, run, runner)) if argument >= 0 else None


def _given_back(resolver: Resolver, runner: Function) -> Value | None:
    """Return the call of a parameter whose result is all that a function gives back, None where there is no such."""
    values = runner.facts.values
    found: dict[int, Value] = {}
    for value in (event.value for event in runner.facts.events if event.kind in ("return", "yield")):
        call = values[values[value].args[0]] if value >= 0 and values[value].op == "await" else values[value]
        made = (_handed(resolver, runner, call) or call) if value >= 0 and call.op == "call" else None
        if made is None or parameter_of(runner, made.args[0]) != (runner, made.args[0]):
            return None
        found[made.args[0]] = made
    return next(iter(found.values())) if len(found) == 1 else None
