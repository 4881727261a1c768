"""Secrets that a helper masks, or leaves out, where its caller says so: `tell("token", token, secret=True)`."""

from collections.abc import Iterator, Mapping

import msgspec

from analyzers.evidence.log_arguments import LogArgument
from analyzers.flow.exposure import ExposureReader
from analyzers.flow.secrets import PARAMETER, Leak
from analyzers.project.program import Function
from analyzers.project.targets import argument_of

BRANCHES = ("true", "false")
COMPOSED = frozenset({"template", "binary", "list", "tuple", "map", "or", "default", "await"})
MAX_DEPTH = 8
# What is known of switches: by parameter, whether it is on.
Switches = Mapping[int, bool]


class _Asked(msgspec.Struct, frozen=True):
    """The parameter that a secret is given for, and what is known of the others."""

    index: int
    switches: Switches


def is_masked_there(reader: ExposureReader, written: LogArgument, leak: Leak) -> bool:
    """Tell whether every call that gives a helper a secret gives it a switch, too, by which nothing of it is shown."""
    helper = written.function
    if leak.function is helper:
        return False
    given = list(_given(reader, leak, helper))
    return bool(given) and all(_is_hidden(reader, written, index, switches) for index, switches in given)


def _given(reader: ExposureReader, leak: Leak, helper: Function) -> Iterator[tuple[int, Switches]]:
    """Yield the parameter that each call gives a secret for, with the switches that it gives."""
    caller = leak.function
    for event in caller.calls():
        node = caller.facts.values[event.value]
        if leak.value not in node.args[1:]:
            continue
        for target in reader.resolver.resolve(caller, node.args[0]):
            if target.function is not helper:
                continue
            own = 1 if target.kind == "bound" else 0
            passed = {
                index: argument_of(node, parameter.name, index - own)
                for index, parameter in enumerate(helper.facts.parameters)
            }
            taken = [index for index, argument in passed.items() if argument == leak.value]
            yield from ((index, _switches(caller, helper, passed)) for index in taken)


def _switches(caller: Function, helper: Function, passed: Mapping[int, int]) -> Switches:
    """Return the arguments that are constants, and the defaults of those that are not passed."""
    found: dict[int, bool] = {}
    for index, argument in passed.items():
        scope = caller if argument >= 0 else helper.parent
        value = argument if argument >= 0 else helper.facts.parameters[index].default
        if scope is not None and value >= 0 and scope.facts.values[value].op == "bool":
            found[index] = scope.facts.values[value].text == "True"
    return found


def _is_hidden(reader: ExposureReader, written: LogArgument, index: int, switches: Switches) -> bool:
    """Tell whether a logging call is not reached, or shows nothing of a parameter, where switches are set so."""
    helper = written.function
    event = helper.facts.events[helper.event_of(written.call)]
    steps = [step for step in helper.chain(event.dominator) if step.kind in BRANCHES]
    if any(_is_on(helper, step.value, switches) is (step.kind == "false") for step in steps):
        return True
    return not _shows(reader, helper, written.value, _Asked(index, switches), MAX_DEPTH)


def _is_on(helper: Function, condition: int, switches: Switches) -> bool | None:
    """Return whether a condition holds, None where the switches do not say."""
    node = helper.facts.values[condition]
    if node.op == "not":
        inner = _is_on(helper, node.args[0], switches)
        return None if inner is None else not inner
    return switches.get(condition) if node.op == "param" else None


def _shows(reader: ExposureReader, helper: Function, value: int, asked: _Asked, depth: int) -> bool:
    """Tell whether a value may show what a parameter holds."""
    node = helper.facts.values[value]
    parts = node.args if node.op in COMPOSED else ()
    if node.op == "select":
        truth = _is_on(helper, node.args[0], asked.switches)
        parts = node.args[1:] if truth is None else (node.args[1 if truth else 2],)
    elif node.op == "phi":
        taken = [part for part in node.args if _is_taken(helper, part, asked.switches)]
        parts = tuple(taken) or node.args
    if parts and depth:
        return any(_shows(reader, helper, part, asked, depth - 1) for part in parts if part >= 0)
    return any(
        secret.kind == PARAMETER and (secret.path, secret.line) == (helper.id, asked.index)
        for secret in reader.held(helper, value)
    )


def _is_taken(helper: Function, part: int, switches: Switches) -> bool:
    """Tell whether a value is certainly what a name holds behind a branch that switches decide."""
    position = helper.event_of(part)
    if position < 0:
        return False
    steps = [step for step in helper.chain(helper.facts.events[position].dominator) if step.kind in BRANCHES]
    return len(steps) == 1 and _is_on(helper, steps[0].value, switches) is (steps[0].kind == "true")
