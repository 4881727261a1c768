"""What is left of a server's authentication where nobody configures it."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from analyzers.authority.required import passed_for
from analyzers.authority.unseen_dependencies import asks_what_is_given
from analyzers.facts import Event, Value
from analyzers.flow.options import is_left_out
from analyzers.flow.summaries import Flow
from analyzers.frameworks import mcp
from analyzers.project.program import Function
from analyzers.project.servers import Server
from analyzers.project.targets import Reference, argument_of

if TYPE_CHECKING:
    from analyzers.authority.servers import ServerState

# What reads its fields from the environment.
SETTINGS = "BaseSettings"
MAX_DEPTH = 8
MAX_HOPS = 3
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def unset_steps(flow: Flow, state: "ServerState") -> int:
    """Return how much less sure it is that a server is open which a setting closes, or whoever puts it up.

    Where its transport is a setting too, that one counts already, if it is served over HTTP as long as that is unset.
    """
    is_set = state.open_by_default and not (state.transport == "both" and _listens(flow, state.server))
    return int(is_set or asks_what_is_given(state.server))


def _listens(flow: Flow, server: Server) -> bool:
    """Tell whether a server speaks HTTP unless it is told otherwise."""
    local = server.runs.get("stdio")
    if local is not None and local.node.op == "call" and skipped_by(flow, local.function, local.value) is not None:
        return True
    for run in server.runs.values():
        given = argument_of(run.node, "transport", 0) if run.node.op == "call" else -1
        if given >= 0 and flow.defaults.text(run.function, given) in mcp.HTTP_NAMES:
            return True
    return False


def is_absent(flow: Flow, function: Function, value: int, depth: int = 0) -> bool:
    """Tell whether a value is None as long as every setting keeps its default."""
    if value < 0 or depth > MAX_DEPTH:
        return False
    node = function.facts.values[value]
    if node.op == "none":
        return True
    if node.op == "select":
        truth = truth_by_default(flow, function, node.args[0])
        return truth is not None and is_absent(flow, function, node.args[1 if truth else 2], depth + 1)
    if node.op == "phi":
        return all(is_absent(flow, function, part, depth + 1) for part in node.args)
    if node.op == "name":
        bound = function.file.module.facts.names.get(node.text, ())
        return bool(bound) and all(is_absent(flow, function.file.module, part, depth + 1) for part in bound)
    passed = passed_for(flow, function, value)
    if passed:
        return all(is_absent(flow, *place, depth + 1) for place in passed)
    return node.op == "call" and (
        _is_skipped(flow, function, value) or _returns_nothing(flow, function, node, depth + 1)
    )


def _is_skipped(flow: Flow, function: Function, call: int) -> bool:
    """Tell whether a call lies behind a switch that is off by default."""
    return skipped_by(flow, function, call) is not None


def skipped_by(flow: Flow, function: Function, value: int) -> Reference | None:
    """Return the condition that keeps a value from being made, or used first, as long as every setting is unset."""
    events, values = function.facts.events, function.facts.values
    own = next((event for event in events if value in (event.value, *_parts(values, event))), None)
    for event in function.chain(own.dominator) if own is not None else ():
        if event.kind in ("true", "false") and is_left_out_by_default(flow, function, event):
            return Reference(function, event.value)
    # What a function does that is only defined behind a switch.
    outer = function.parent
    if outer is None or outer.facts.kind in ("module", "class") or function.facts.kind == "class":
        return None
    made = (at for at, node in enumerate(outer.facts.values) if node.op == "function")
    own_value = next((at for at in made if int(outer.facts.values[at].text) == function.index), -1)
    return skipped_by(flow, outer, own_value) if own_value >= 0 else None


def _parts(values: Sequence[Value], event: Event) -> tuple[int, ...]:
    """Return what a call is given."""
    return values[event.value].args if event.kind == "call" else ()


def _returns_nothing(flow: Flow, function: Function, node: Value, depth: int) -> bool:
    callees = [callee for callee, _ in flow.resolver.functions(function, node.args[0])]
    return bool(callees) and all(_answers_none(flow, callee, depth) for callee in callees)


def _answers_none(flow: Flow, callee: Function, depth: int) -> bool:
    """Tell whether a function returns None by default: at once behind such a switch, or at all of its ends."""
    events = callee.facts.events
    returns = [event for event in events if event.kind == "return"]
    if callee.facts.name == "__init__" or not returns:
        return False
    for event in returns:
        before = events[event.dominator] if event.dominator >= 0 else None
        if before is not None and before.kind in ("true", "false"):
            taken = truth_by_default(flow, callee, before.value)
            if taken is (before.kind == "true"):
                return event.value < 0 or is_absent(flow, callee, event.value, depth)
    return all(event.value < 0 or is_absent(flow, callee, event.value, depth) for event in returns)


def truth_by_default(flow: Flow, function: Function, value: int) -> bool | None:
    """Return a condition's truth by default; a variable of the environment that has no default is not set."""
    node = function.facts.values[value]
    if node.op == "not":
        inner = truth_by_default(flow, function, node.args[0])
        return None if inner is None else not inner
    if node.op in ("or", "and"):
        # One part may decide what the others, which are about a request, leave open.
        parts = {truth_by_default(flow, function, part) for part in node.args}
        return (node.op == "or") if (node.op == "or") in parts else None if None in parts else node.op == "and"
    defined = flow.defaults.definitions(function, value) if function.facts.values[value].op != "call" else []
    ways = [way for way in defined if way != (function, value)] or [(function, value)]
    if is_left_out(flow.resolver, function, value) or all(_is_unset(flow, *way) for way in ways):
        return False
    return flow.defaults.truth(function, value)


def is_left_out_by_default(flow: Flow, function: Function, branch: Event) -> bool:
    """Tell whether a branch is one that is not taken as long as every setting keeps its default."""
    return truth_by_default(flow, function, branch.value) is (branch.kind == "false")


def is_taken(flow: Flow, function: Function, branch: Event) -> bool:
    """Tell whether a branch is the one that is taken as long as every setting keeps its default."""
    return truth_by_default(flow, function, branch.value) is (branch.kind == "true")


def _is_unset(flow: Flow, function: Function, value: int, depth: int = 0) -> bool:
    """Tell whether a value is a variable of the environment, or an option, that is empty by default.

    It may be handed on before it is asked for, to a parameter or a field.
    """
    if value < 0 or is_left_out(flow.resolver, function, value) or _is_empty_field(flow, function, value):
        return value >= 0
    if function.facts.values[value].op == "call":
        return flow.defaults.text(function, value) == ""
    ways = flow.defaults.definitions(function, value) if depth < MAX_HOPS else []
    return bool(ways) and all(way != (function, value) and _is_unset(flow, *way, depth + 1) for way in ways)


def _is_empty_field(flow: Flow, function: Function, value: int) -> bool:
    """Tell whether a value is what a field of settings is where nobody sets it, `key: str | None = None`."""
    node = function.facts.values[value]
    is_empty = node.op == "none" or (node.op == "str" and not node.text)
    if not is_empty or function.facts.kind != "class":
        return False
    return any(base.endswith(SETTINGS) for base in flow.resolver.linearize(function)[1])


def ways_unset(flow: Flow, function: Function) -> Iterator[Event]:
    """Yield where what refuses callers gives up at once as long as a setting keeps its default, the branch."""
    events, values = function.facts.events, function.facts.values
    for event in events:
        ends = event.kind == "return" and (event.value < 0 or values[event.value].op in ("none", "await", "call"))
        before = events[event.dominator] if ends and event.dominator >= 0 else None
        if before is not None and before.kind == "call" and values[before.value].args:
            before = events[before.dominator] if before.dominator >= 0 else None
        if before is None or before.kind not in ("true", "false"):
            continue
        if is_taken(flow, function, before) and not _refuses(function, event.value):
            yield before


def _refuses(function: Function, value: int) -> bool:
    """Tell whether an answer is made of a status, as a refusal is."""
    parts = function.made_of(value) if value >= 0 else ()
    return any(function.facts.values[part].op == "number" for part in parts)


def is_exposed(flow: Flow, function: Function) -> bool:
    """Tell whether the `host` that a function starts a server on is, by default, reached from other machines."""
    hosts = set()
    for event in function.facts.events:
        node = function.facts.values[event.value] if event.kind == "call" else None
        if node is not None and "host" in node.names:
            hosts.add(flow.defaults.text(function, argument_of(node, "host", -1)))
    return bool(hosts) and hosts.isdisjoint({None, *LOOPBACK})
