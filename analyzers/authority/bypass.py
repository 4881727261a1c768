"""Calls of a tool's function that pass by the check of its registration."""

from collections.abc import Iterator, Sequence

import msgspec

from analyzers.authority.authorizations import authorizing
from analyzers.authority.compare import AUTHORIZATION_ORDER
from analyzers.authority.grants import asks_at_least
from analyzers.authority.rows import Row
from analyzers.flow.summaries import Flow
from analyzers.frameworks.mcp import COMPONENT_AUTH, Framework
from analyzers.project.program import Function
from analyzers.project.versions import allowed

MAX_FUNCTIONS = 32


class Bypass(msgspec.Struct, frozen=True):
    """A tool, another whose function it runs without the check of its registration, and the call that does."""

    row: Row
    guarded: Row
    function: Function
    value: int


def bypasses(flow: Flow, rows: Sequence[Row]) -> Iterator[Bypass]:
    """Yield the first call by which each tool passes by the check of another."""
    guarded = {
        row.entry.handler.id: row
        for row in rows
        if row.entry.handler is not None and row.entry.branch is None and _is_guarded_outside(flow, row)
    }
    for row in rows if guarded else ():
        handler = row.entry.handler
        if handler is not None and row.is_remote and row.entry.branch is None:
            yield from _first(flow, row, guarded)


def _is_guarded_outside(flow: Flow, row: Row) -> bool:
    """Tell whether the check of a tool stands at its registration or in a middleware, and not in its function."""
    handler = row.entry.handler
    if handler is None or not any(guard.kind == "check" for guard in row.guards):
        return False
    required = allowed(flow.program, handler.file.path, "fastmcp")
    if row.entry.server.framework is Framework.FASTMCP and required is not None and required.is_before(COMPONENT_AUTH):
        return False
    own = [effect.guards for effect in flow.summary(handler).effects if effect.rank > 0] or [flow.on_return(handler)]
    return not all(authorizing(guards) for guards in own)


def _first(flow: Flow, row: Row, guarded: dict[str, Row]) -> Iterator[Bypass]:
    handler = row.entry.handler
    waiting, seen = [handler] if handler is not None else [], set[str]()
    while waiting and len(seen) < MAX_FUNCTIONS:
        function = waiting.pop(0)
        if function.id in seen:
            continue
        seen.add(function.id)
        for callee in flow.callees(function):
            other = guarded.get(callee.id)
            if other is not None and other is not row and _is_weaker(row, other):
                value = _call_of(flow, function, callee)
                if value >= 0:
                    yield Bypass(row, other, function, value)
                    return
            if callee.id not in seen and callee.id not in guarded:
                waiting.append(callee)


def _is_weaker(row: Row, guarded: Row) -> bool:
    """Tell whether callers of one tool need not hold what the other asks for."""
    kinds = AUTHORIZATION_ORDER[row.authorization.kind], AUTHORIZATION_ORDER[guarded.authorization.kind]
    return kinds[0] < kinds[1] or not asks_at_least(row.requires, guarded.requires)


def _call_of(flow: Flow, function: Function, callee: Function) -> int:
    for event in function.calls():
        node = function.facts.values[event.value]
        if any(found is callee for found, _ in flow.resolver.functions(function, node.args[0])):
            return event.value
    return -1
