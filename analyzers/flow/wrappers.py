"""What holds whenever a function runs, thanks to what was put around it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from analyzers.flow.bindings import Bindings
from analyzers.flow.guards import Guard, Guards, Place, let_through
from analyzers.flow.labels import MARK, PROCESS, Labels, is_identity, parameter_label
from analyzers.frameworks.identity import is_guard_name
from analyzers.project.program import Function
from analyzers.project.targets import Reference, argument_of, parameter_of
from analyzers.project.wrapping import Wrapper, decorators_inside, dependencies, wrappers_of

if TYPE_CHECKING:
    from analyzers.flow.summaries import Flow


def wrapping_guards(flow: "Flow", function: Function) -> dict[Guard, Place]:
    """Return what holds whenever a function runs, thanks to its decorators and dependencies."""
    return {guard: place for _, guards in guards_around(flow, function) for guard, place in guards.items()}


def guards_around(flow: "Flow", function: Function) -> Iterator[tuple[Reference, Guards]]:
    """Yield what each decorator and each dependency of a function makes hold, with where it is written."""
    for applied in decorators_inside(function):
        guards = applied_guards(flow, applied)
        yield applied, flow.guards.substitute(guards, _handed(flow, applied, function))
    for applied, provider in dependencies(flow.resolver, function):
        yield applied, provided_guards(flow, applied, provider)


def applied_guards(flow: "Flow", applied: Reference) -> dict[Guard, Place]:
    """Return what applying a value as a decorator makes hold; one from outside the program counts by its name."""
    found = _named(flow, applied)
    for wrapper in wrappers_of(flow.resolver, applied):
        found.update(wrapper_guards(flow, wrapper))
    return found


def may_refuse(flow: "Flow", applied: Reference) -> bool:
    """Tell whether a wrapper checks, or raises an error under a condition that depends on who calls."""
    if any(guard.kind == "check" for guard in applied_guards(flow, applied)):
        return True
    return any(
        step.kind in ("true", "false") and is_identity(flow.labeler.labels(wrapper.body, step.value))
        for wrapper in wrappers_of(flow.resolver, applied)
        for event in wrapper.body.facts.events
        if event.kind == "raise"
        for step in wrapper.body.chain(event.dominator)
    )


def switch_around(flow: "Flow", applied: Reference) -> tuple[Place, str] | None:
    """Return the switch of the process without which a wrapper is not put around a handler: where, and its name.

    None where something else decides, or where the switch is on unless an operator turns it off.
    """
    function = applied.function
    for event in function.calls():
        if function.facts.values[event.value].args[0] != applied.value:
            continue
        for step in function.chain(event.dominator):
            if step.kind not in ("true", "false"):
                continue
            labels = flow.labeler.labels(function, step.value)
            is_default = flow.defaults.truth(function, step.value) is (step.kind == "true")
            if labels and not is_default and all(label == PROCESS or label.startswith("env:") for label in labels):
                names = sorted(label.partition(":")[2] or label for label in labels)
                node = function.facts.values[step.value]
                return flow.guards.place(function, node.start), ", ".join(names)
    return None


def _handed(flow: "Flow", applied: Reference, function: Function) -> Bindings:
    """Return which parameters of a function a wrapper's own parameters are handed to, as they are."""
    found: dict[str, Labels] = {}
    for wrapper in wrappers_of(flow.resolver, applied):
        body = wrapper.body
        for passed in flow.summary(body).passed:
            call = body.facts.values[body.facts.events[passed.event].value]
            if parameter_of(body, call.args[0]) is None:
                continue
            for index, parameter in enumerate(function.facts.parameters):
                argument = argument_of(call, parameter.name, index)
                if 0 <= argument < len(body.facts.parameters):
                    found[f"{body.id}{MARK}{argument}"] = frozenset({parameter_label(function, index)})
    return Bindings(found)


def wrapper_guards(flow: "Flow", wrapper: Wrapper) -> dict[Guard, Place]:
    """Return what holds at every call that a wrapper makes of the function it was put around."""
    calls = [
        dict(handed.guards) for handed in flow.summary(wrapper.body).passed if handed.function == wrapper.decorator.id
    ]
    guards = let_through(calls)
    if wrapper.maker is None:
        return guards
    return _as_made(flow, Reference(wrapper.applied.function, wrapper.call), wrapper.maker, guards)


def provided_guards(flow: "Flow", applied: Reference, provider: Function) -> dict[Guard, Place]:
    """Return what holds once a dependency has been called."""
    guards = flow.on_return(provider)
    if applied.node.op != "call":
        return dict(guards)
    makers = flow.resolver.functions(applied.function, applied.node.args[0])
    maker = next((maker for maker, _ in makers if provider.parent is maker), None)
    return _as_made(flow, applied, maker, guards) if maker is not None else dict(guards)


def _as_made(flow: "Flow", made: Reference, maker: Function, guards: Guards) -> dict[Guard, Place]:
    """Return guards of a closure, restated for the call that made it."""
    return flow.guards.substitute(guards, flow.guards.bind(made.function, made.node, maker, False))


def _named(flow: "Flow", applied: Reference) -> dict[Guard, Place]:
    node, scope = applied.node, applied.function
    callee = node.args[0] if node.op == "call" else applied.value
    if flow.resolver.is_named("guards", scope, callee):
        return flow.guards.vouched(scope, node)
    name = scope.facts.values[callee].text.rpartition("|")[2]
    if is_guard_name(name) and all(target.kind == "external" for target in flow.resolver.resolve(scope, callee)):
        return {Guard("named", "", frozenset(), name): flow.guards.place(scope, node.start)}
    return {}
