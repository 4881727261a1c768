"""Checks on the way to a tool that refuse, by names alone: where no framework says who calls, nothing else tells."""

from collections.abc import Callable, Iterator

from analyzers.authority.tool_cases import BRANCHES, refuses
from analyzers.frameworks.identity import VERIFYING_METHODS, is_guard_name
from analyzers.frameworks.json_rpc import AUTHORIZING_METHODS
from analyzers.project.program import Function
from analyzers.project.servers import EntryPoint


def verified_by(entry: EntryPoint) -> tuple[Function, int] | None:
    """Return the call on the way to a tool that verifies a token and without which it is refused, None for none."""
    return next(_refusing(entry, lambda name: name in VERIFYING_METHODS), None)


def is_checked(entry: EntryPoint) -> bool:
    """Tell whether a tool is only reached past a call that is named like a check of what its caller may."""
    checks = _refusing(entry, lambda name: name in AUTHORIZING_METHODS or is_guard_name(name))
    return next(checks, None) is not None


def _refusing(entry: EntryPoint, is_meant: Callable[[str], bool]) -> Iterator[tuple[Function, int]]:
    """Yield the calls by a name whose outcome may refuse before the tool of an entry point runs."""
    for function, before in _way(entry):
        values = function.facts.values
        for step in function.chain(before):
            if step.kind not in BRANCHES or not refuses(function, step):
                continue
            for part in function.made_of(step.value):
                node = values[part]
                if node.op == "call" and is_meant(values[node.args[0]].text.rpartition("|")[2]):
                    yield function, part


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
