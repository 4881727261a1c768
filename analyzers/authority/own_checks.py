"""Checks on the way to a tool that refuse: where no framework says who calls, their names and what they verify do."""

from collections.abc import Callable, Iterator

from analyzers.authority.admitting import verifies
from analyzers.authority.refusals import is_denial
from analyzers.authority.tool_cases import BRANCHES, is_other, refuses
from analyzers.facts import Event
from analyzers.flow.summaries import Flow
from analyzers.frameworks.identity import VERIFYING_METHODS, is_guard_name
from analyzers.frameworks.json_rpc import AUTHORIZING_METHODS
from analyzers.project.program import Function
from analyzers.project.servers import EntryPoint


def verified_by(flow: Flow, entry: EntryPoint) -> tuple[Function, int] | None:
    """Return the call on the way to a tool that verifies a token and without which it is refused, None for none."""

    def is_meant(function: Function, call: int) -> bool:
        return _name(function, call) in VERIFYING_METHODS or verifies(flow, function, call)

    return next(_refusing(entry, is_meant, lambda *branch: _answers(flow, *branch)), None)


def is_checked(entry: EntryPoint) -> bool:
    """Tell whether a tool is only reached past a call that is named like a check of what its caller may."""

    def is_meant(function: Function, call: int) -> bool:
        name = _name(function, call)
        return name in AUTHORIZING_METHODS or is_guard_name(name)

    return next(_refusing(entry, is_meant, lambda *_: False), None) is not None


def _name(function: Function, call: int) -> str:
    values = function.facts.values
    return values[values[call].args[0]].text.rpartition("|")[2]


def _refusing(
    entry: EntryPoint, is_meant: Callable[[Function, int], bool], answers: Callable[[Function, Event], bool]
) -> Iterator[tuple[Function, int]]:
    """Yield the calls whose outcome may refuse, or answer so, before the tool of an entry point runs."""
    for function, before in _way(entry):
        for step in function.chain(before):
            if step.kind not in BRANCHES:
                continue
            parts = (part for part in function.made_of(step.value) if function.facts.values[part].op == "call")
            meant = [part for part in parts if is_meant(function, part)]
            if meant and (refuses(function, step) or answers(function, step)):
                yield from ((function, part) for part in meant)


def _answers(flow: Flow, function: Function, event: Event) -> bool:
    """Tell whether the other outcome of a branch answers with a status of refusal, or has that made."""
    returned = (
        end.value
        for end in function.facts.events
        if end.kind == "return" and any(is_other(event, step) for step in function.chain(end.dominator))
    )
    for part in (part for value in returned if value >= 0 for part in function.made_of(value)):
        node = function.facts.values[part]
        makers = flow.resolver.functions(function, node.args[0]) if node.op == "call" else ()
        if is_denial(node) or any(is_denial(inner) for maker, _ in makers for inner in maker.facts.values):
            return True
    return False


def _way(entry: EntryPoint) -> Iterator[tuple[Function, int]]:
    """Yield the functions on the way to a tool, each with the last event that is certain before it goes on."""
    branch = entry.branch
    if branch is None:
        return
    for step in branch.via:
        if step.event >= 0:
            yield step.function, step.function.facts.events[step.event].dominator
    events = enumerate(branch.function.facts.events)
    own = (index for index, event in events if branch.is_exclusive(event))
    event = branch.event if branch.event >= 0 else next(own, -1)
    if event >= 0:
        yield branch.function, branch.function.facts.events[event].dominator
