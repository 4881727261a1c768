"""What holds when a hook for every method of the protocol lets a tool call through.

Such a hook compares the method with `tools/call`: what it checks there holds for tool calls, although other methods
pass it by; and what it lets through for other methods is no tool call.
"""

from collections.abc import Iterator

from analyzers.facts import Event
from analyzers.flow.guards import Guard, Guards, Place, positive
from analyzers.flow.labels import TOOL
from analyzers.flow.summaries import Flow
from analyzers.project.program import Function

TOOL_CALL = "tools/call"


def calls_of(flow: Flow, function: Function) -> Iterator[dict[Guard, Place]]:
    """Yield what holds at each call of `call_next` that a tool call can reach."""
    for handed in flow.summary(function).passed:
        if handed.function != function.id:
            continue
        chain = list(function.chain(function.facts.events[handed.event].dominator))
        if not any(_decides(flow, function, event) is False for event in chain):
            yield {**_within(flow, function, handed.event, chain), **dict(handed.guards)}


def refuses_by_tool(flow: Flow, function: Function) -> bool:
    """Tell whether a hook refuses some calls by their tool: they may be those that the list of its class leaves out."""
    return any(
        TOOL in flow.labeler.labels(function, event.value) and _refuses(function, event)
        for event in function.facts.events
        if event.kind in ("true", "false")
    )


def _decides(flow: Flow, function: Function, event: Event) -> bool | None:
    """Return whether a branch is the one of tool calls, None when it does not ask for the method."""
    if event.kind not in ("true", "false"):
        return None
    node = function.facts.values[event.value]
    if node.op != "compare" or TOOL_CALL not in (flow.resolver.text(function, part) for part in node.args):
        return None
    return positive(node.text, event.kind == "true")


def _within(flow: Flow, function: Function, target: int, chain: list[Event]) -> dict[Guard, Place]:
    """Return what is certain, before the target, wherever a branch for tool calls alone goes on."""
    shared = set(map(id, chain))
    found: dict[Guard, Place] = {}
    for event in function.facts.events[:target]:
        apart = [step for step in function.chain(event.dominator) if id(step) not in shared]
        nested = any(step.kind in ("true", "false") and not _refuses(function, step) for step in apart[:-1])
        if apart and not nested and _decides(flow, function, apart[-1]):
            found.update(_established(flow, function, event))
    return found


def _established(flow: Flow, function: Function, event: Event) -> Guards:
    if event.kind == "call":
        return flow.guards.returned(function, event)
    known = event.kind in ("true", "false") and _refuses(function, event)
    return flow.guards.known(function, event.value, event.kind == "true") if known else {}


def _refuses(function: Function, event: Event) -> bool:
    """Tell whether the other outcome of a branch raises."""
    return any(
        end.kind == "raise" and any(_is_other(event, step) for step in function.chain(end.dominator))
        for end in function.facts.events
    )


def _is_other(event: Event, step: Event) -> bool:
    return step.value == event.value and {step.kind, event.kind} == {"true", "false"}
