"""What holds when a hook for every method of the protocol lets a tool call through.

Such a hook compares the method with `tools/call`: what it checks there holds for tool calls, although other methods
pass it by; and what it lets through for other methods is no tool call.
"""

from collections.abc import Iterator

from analyzers.authority.hooks import Hook
from analyzers.authority.tool_cases import ToolCase, refuses
from analyzers.facts import Event
from analyzers.flow.bindings import Bindings
from analyzers.flow.guards import FOR_TOOL, NOBODY, Guard, Guards, Place, let_through, positive
from analyzers.flow.labels import MARK, TOOL
from analyzers.flow.summaries import Flow
from analyzers.project.branches import subjects_of
from analyzers.project.overrides import NAME, handed_on
from analyzers.project.program import Function
from analyzers.project.targets import UNRESOLVED

TOOL_CALL = "tools/call"


def calls_of(flow: Flow, function: Function, case: ToolCase | None = None) -> Iterator[dict[Guard, Place]]:
    """Yield what holds at each call of `call_next` that a tool call, or that of the tool of a case, can reach."""
    for handed in flow.summary(function).passed:
        if handed.function != function.id:
            continue
        chain = list(function.chain(function.facts.events[handed.event].dominator))
        named = case.at(case.scene(function), handed.event) if case is not None else {}
        if named is not None and not any(decides_on_calls(flow, function, event) is False for event in chain):
            yield {**_within(flow, function, handed.event, chain), **dict(handed.guards), **named}


def guards_for(flow: Flow, hook: Hook, name: str) -> dict[Guard, Place]:
    """Return what a hook makes hold when it lets a tool through; what it asks of some tools only is about the tool."""
    return _followed(flow, hook, name)[0]


def entries_for(flow: Flow, hook: Hook, name: str) -> Iterator[tuple[Function, int]]:
    """Yield what the tables that a hook looks tools up in hold for one, as (function, value)."""
    case = _followed(flow, hook, name)[1]
    yield from case.entries() if case is not None else ()


def _followed(flow: Flow, hook: Hook, name: str) -> tuple[dict[Guard, Place], ToolCase | None]:
    always = dict(hook.guards)
    if hook.function is None or not hook.handles_calls or name == UNRESOLVED:
        return always, None
    case = ToolCase(flow, name)
    if hook.takes_name:
        calls = list(handed_guards(flow, hook.function, case))
    else:
        calls = list(calls_of(flow, hook.function, case))
    if not calls and case.decided:
        return refused(always, hook.place), case
    if not calls or not case.decided:
        return case.narrowed(always), case
    passed = {
        guard._replace(note=FOR_TOOL) if guard.kind == "check" and guard not in always else guard: place
        for guard, place in let_through(calls).items()
    }
    return case.narrowed(passed), case


def refused(guards: Guards, place: Place) -> dict[Guard, Place]:
    """Return guards of a tool that is let through for nobody."""
    return {**guards, Guard("check", "", frozenset({NOBODY}), FOR_TOOL): place}


def handed_guards(flow: Flow, method: Function, case: ToolCase | None = None) -> Iterator[dict[Guard, Place]]:
    """Yield what holds at each call by which a method in place of the framework's hands a tool call on to that."""
    named = Bindings({f"{method.id}{MARK}{NAME}": frozenset({TOOL})})
    for position in handed_on(method):
        held = case.at(case.scene(method, subjects_of(method, NAME)), position) if case is not None else {}
        if held is not None:
            yield flow.guards.substitute({**flow.guards.at(method, position), **held}, named)


def refuses_by_tool(flow: Flow, function: Function) -> bool:
    """Tell whether a hook refuses some calls by their tool: they may be those that the list of its class leaves out."""
    return any(
        TOOL in flow.labeler.labels(function, event.value) and refuses(function, event)
        for event in function.facts.events
        if event.kind in ("true", "false")
    )


def decides_on_calls(flow: Flow, function: Function, event: Event) -> bool | None:
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
        nested = any(step.kind in ("true", "false") and not refuses(function, step) for step in apart[:-1])
        if apart and not nested and decides_on_calls(flow, function, apart[-1]):
            found.update(_established(flow, function, event))
    return found


def _established(flow: Flow, function: Function, event: Event) -> Guards:
    if event.kind == "call":
        return flow.guards.returned(function, event)
    known = event.kind in ("true", "false") and refuses(function, event)
    return flow.guards.known(function, event.value, event.kind == "true") if known else {}
