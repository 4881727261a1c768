"""Loops: a body that runs any number of times, names that it changes, and what held in every round."""

from analyzers.facts import Value
from analyzers.flow.assigned import assigned_names
from analyzers.flow.lowering.assignments import assign_target
from analyzers.flow.lowering.body import ENDED, Body, Environment, Extent, Path
from analyzers.syntax import (
    For,
    Literal,
    Statement,
    While,
)


def lower_for(body: Body, node: For) -> None:
    """Lower a loop over items."""
    source = body.expression(node.source)
    body.environment = dict(body.environment)
    placeholders = _enter_loop(body, node.body)
    at, environment, first = body.at, dict(body.environment), len(body.events)
    element = body.value("element", "", (source,), node.target)
    assign_target(body, node.target, element)
    breaks = _loop_body(body, node.body)
    ends = [path for path in body.loops_end if path[0] != ENDED]
    _close_loop(body, placeholders, ends)
    _leave_loop(body, at, environment, ends)
    if len(body.events) > first:
        _each(body, at, ends, node)
    body.block(node.otherwise)
    body.join([(body.at, body.environment), *breaks])


def lower_while(body: Body, node: While) -> None:
    """Lower a loop on a condition."""
    body.environment = dict(body.environment)
    placeholders = _enter_loop(body, node.body)
    test = body.expression(node.test)
    at, environment = body.at, dict(body.environment)
    endless = isinstance(node.test, Literal) and node.test.value in ("True", "1")
    body.assume(test, True, node.test)
    breaks = _loop_body(body, node.body)
    ends = [path for path in body.loops_end if path[0] != ENDED]
    _close_loop(body, placeholders, ends)
    _leave_loop(body, at, environment, ends)
    if endless:
        body.at = ENDED
    else:
        body.assume(test, False, node.test)
    body.block(node.otherwise)
    body.join([(body.at, body.environment), *breaks])


def _enter_loop(body: Body, statements: list[Statement]) -> dict[str, int]:
    """Give each name that the loop assigns a phi of what it was; the caller completes it with `_close_loop`."""
    placeholders: dict[str, int] = {}
    for name in assigned_names(statements):
        current = body.environment.get(name)
        if current is not None:
            position = body.values[current]
            placeholders[name] = body.value("phi", name, (current,), position)
            body.environment[name] = placeholders[name]
    return placeholders


def _loop_body(body: Body, statements: list[Statement]) -> list[Path]:
    """Lower a loop's body once; return the paths that leave it by `break`."""
    body.loops.append(([], []))
    body.block(statements)
    breaks, continues = body.loops.pop()
    body.loops_end = [(body.at, body.environment), *continues]
    return breaks


def _close_loop(body: Body, placeholders: dict[str, int], paths: list[Path]) -> None:
    for name, placeholder in placeholders.items():
        value = body.values[placeholder]
        later = {env[name] for at, env in paths if at != ENDED and name in env} - {placeholder}
        args = (*value.args, *sorted(later))
        body.values[placeholder] = Value("phi", name, args, (), value.start, value.length)


def _leave_loop(body: Body, at: int, environment: Environment, ends: list[Path]) -> None:
    """After the loop nothing its body did is certain, but the names it bound may be seen."""
    body.at = at
    body.environment = environment
    for _, end in ends:
        for name, value in end.items():
            body.environment.setdefault(name, value)


def _each(body: Body, at: int, ends: list[Path], node: For) -> None:
    """Record that the loop came to its end: what certainly completes in one round did so for every item.

    Rounds that an error cut short and that went on are left out, and told by the text `errors`.
    """
    if not ends or at == ENDED:
        return
    whole = [end for end, _ in ends if not _passed_error(body, end, at)]
    last = whole[0] if whole else ends[0][0]
    for end in whole or [end for end, _ in ends]:
        last = body.common(last, end)
    body.emit("each", -1, Extent(node.start, node.start), "errors" if 0 < len(whole) < len(ends) else "", max(last, at))


def _passed_error(body: Body, end: int, start: int) -> bool:
    while end > start:
        if body.events[end].kind == "swallow":
            return True
        end = body.events[end].dominator
    return False
