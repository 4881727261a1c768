"""Tools that change things without asking the switch that stops the other writing tools of their server."""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from analyzers.authority.named_ways import asks_by_name, only_behind
from analyzers.authority.passage import MAX_FUNCTIONS, passed_functions
from analyzers.authority.rows import Row
from analyzers.flow.effects import Effect
from analyzers.flow.guards import Guards, Place
from analyzers.flow.summaries import Flow
from analyzers.frameworks.switches import stops_writing
from analyzers.project.program import Function

CHANGING = 2
# What values are that name a switch.
READING = ("attr", "name", "import", "free", "param", "str")
# So many tools ask the switch before one that does not is taken for forgotten, and twice as many as do not.
MIN_ASKING = 3
MIN_SHARE = 2


class Gap(msgspec.Struct, frozen=True):
    """A tool that does not ask a switch, the effect that it has all the same, and who asks it, the first time where."""

    row: Row
    switch: str
    effect: Effect
    asking: int
    place: Place


class _Writer(msgspec.Struct, frozen=True):
    """A tool that changes things, and the switches that stand before all of that."""

    row: Row
    changes: tuple[Effect, ...]
    asked: dict[str, Place]


def gaps(flow: Flow, rows: Iterable[Row]) -> Iterator[Gap]:
    """Yield the writing tools that leave out a switch which most of their server's writing tools ask."""
    by_server: dict[str, list[_Writer]] = {}
    for row in rows:
        changes = tuple(effect for effect in row.effects if effect.rank >= CHANGING)
        if row.entry.kind == "tool" and changes and not row.truncated:
            writer = _Writer(row, changes, _asked(flow, row, changes))
            by_server.setdefault(row.entry.server.id, []).append(writer)
    for writers in by_server.values():
        for switch in sorted({name for writer in writers for name in writer.asked}):
            yield from _left_out(flow, writers, switch)


def _left_out(flow: Flow, writers: Sequence[_Writer], switch: str) -> Iterator[Gap]:
    asking = [writer for writer in writers if switch in writer.asked]
    services = {_service(effect) for writer in asking for effect in writer.changes}
    together = {name for writer in asking for name in writer.asked}
    others = [
        (writer, effect)
        for writer in writers
        if not any(switch in _switches(effect.guards) for effect in writer.changes) and writer not in asking
        # A tool under a switch of its own, `disable_delete`, was not forgotten.
        if together.issuperset(writer.asked)
        for effect in writer.changes[:1]
        if _service(effect) in services
    ]
    if len(asking) < max(MIN_ASKING, MIN_SHARE * len(others)):
        return
    place = min(writer.asked[switch] for writer in asking)
    for writer, effect in others:
        if not _reads(flow, writer.row, switch):
            yield Gap(writer.row, switch, effect, len(asking), place)


def _reads(flow: Flow, row: Row, switch: str) -> bool:
    """Tell whether anything that runs for a tool reads a switch: a wrapper may ask it for all but those it is told.

    What a dispatcher reads for the names of others does not count, unless it asks for names together with it.
    """
    branch = row.entry.branch
    if branch is None or branch.handler is not None:
        functions = passed_functions(flow, row)
    elif asks_by_name(flow, branch, lambda guards: switch in _switches(guards)):
        return True
    else:
        functions = only_behind(flow, branch)
    return len(functions) >= MAX_FUNCTIONS or any(
        _names(flow, function, value, switch)
        for function in functions
        for value, node in enumerate(function.facts.values)
        if node.op in READING
    )


def _names(flow: Flow, function: Function, value: int, switch: str) -> bool:
    """Tell whether a value is a switch, by its name or by where it comes from: `settings.read_only` of `READ_ONLY`."""
    named = function.facts.values[value].text.rpartition("|")[2]
    return named == switch or (
        stops_writing(named)
        and any(label.partition(":")[2] == switch for label in flow.labeler.labels(function, value))
    )


def _service(effect: Effect) -> str:
    """Return what an effect is had on: the client that is called, without the method."""
    return effect.name.rpartition(".")[0]


def _asked(flow: Flow, row: Row, changes: Sequence[Effect]) -> dict[str, Place]:
    """Return the switches that stand before every change, in the tool or where it is registered."""
    first, *others = (_switches(effect.guards) for effect in changes)
    inside = {name: place for name, place in first.items() if all(name in other for other in others)}
    declared = row.entry.declared
    return {**_registered(flow, declared.function, declared.value), **_switches(row.guards), **inside}


def _switches(guards: Guards) -> dict[str, Place]:
    """Return the switches against writing among guards, by name."""
    return {
        label.partition(":")[2]: place
        for guard, place in guards.items()
        if guard.kind == "mode"
        for label in guard.subject
        if stops_writing(label.partition(":")[2])
    }


def _registered(flow: Flow, function: Function, value: int) -> dict[str, Place]:
    """Return the switches under which a tool is registered, or all calls of the function that registers it stand.

    A decorator that comes back otherwise where the switch stops writing, `@write_tool(...)`, asks it by itself.
    """
    event = function.event_of(value)
    found = _switches(flow.guards.at(function, event))
    if event >= 0:
        found |= _switches(flow.guards.returned(function, function.facts.events[event]))
    owner = function.owner if function.facts.name == "__init__" else function
    if found or owner is None or function.facts.kind == "module":
        return found
    calls = [
        (caller, call)
        for caller, call in flow.program.call_sites(owner.facts.name)
        if caller is not function and any(callee is function for callee, _ in _callees(flow, caller, call))
    ]
    cases = [_switches(flow.guards.at(caller, caller.event_of(call))) for caller, call in calls]
    return {name: place for name, place in cases[0].items() if all(name in case for case in cases)} if cases else {}


def _callees(flow: Flow, caller: Function, call: int) -> Sequence[tuple[Function, Function | None]]:
    return flow.resolver.functions(caller, caller.facts.values[call].args[0])
