"""Statements with several paths: conditions, cases, handlers, context managers."""

from analyzers.flow.assigned import assigned_names
from analyzers.flow.lowering.assignments import assign_target
from analyzers.flow.lowering.body import ENDED, Body, Environment, Extent, Path
from analyzers.syntax import (
    Attribute,
    Call,
    Case,
    Expression,
    If,
    Match,
    Name,
    Statement,
    Try,
    With,
)


def lower_if(body: Body, node: If) -> None:
    """A chain of `elif` is followed in a loop, as long as it may be."""
    exits: list[Path] = []
    while True:
        test = body.expression(node.test)
        at, environment = body.at, body.environment
        body.environment = dict(environment)
        body.assume(test, True, node.test)
        body.block(node.then)
        exits.append((body.at, body.environment))
        body.at, body.environment = at, dict(environment)
        body.assume(test, False, node.test)
        if len(node.otherwise) != 1 or not isinstance(node.otherwise[0], If):
            break
        node = node.otherwise[0]
    body.block(node.otherwise)
    exits.append((body.at, body.environment))
    body.join(exits)


def lower_with(body: Body, node: With) -> None:
    """Enter context managers; one that suppresses errors may skip its body."""
    suppresses = False
    at = body.at
    for item in node.items:
        value = body.expression(item.value)
        if not suppresses and _is_suppress(item.value):
            suppresses, at = True, body.at
        entered = body.value("enter", "", (value,), item)
        if item.target is not None:
            assign_target(body, item.target, entered)
    environment = body.environment
    body.environment = dict(environment)
    body.block(node.body)
    if suppresses:
        body.join([(body.at, body.environment), (at, environment)])


def _is_suppress(node: Expression) -> bool:
    """Tell whether a context manager is `contextlib.suppress(...)`, which continues behind the block on an error."""
    if not isinstance(node, Call):
        return False
    function = node.function
    return (isinstance(function, Name) and function.id == "suppress") or (
        isinstance(function, Attribute) and function.name == "suppress"
    )


def lower_try(body: Body, node: Try) -> None:
    """Lower a body with its handlers: a handler knows only what held before the body."""
    entry_at, entry, first = body.at, dict(body.environment), len(body.events)
    body.environment = dict(entry)
    body.block(node.body)
    interrupted = _interrupted(body, node.body, entry)
    body.block(node.otherwise)
    exits = [(body.at, body.environment)]
    for handler in node.handlers:
        body.at, body.environment = entry_at, dict(interrupted)
        types = body.optional(handler.types)
        body.emit("swallow", types, Extent(handler.start, handler.start), target=first)
        if handler.name:
            body.bind(handler.name, body.value("exception", "", (), Extent(handler.start, handler.start)))
        body.block(handler.body)
        exits.append((body.at, body.environment))
    body.join(exits)
    if node.final:
        _finally(body, node.final, (entry_at, interrupted))


def _interrupted(body: Body, statements: list[Statement], entry: Environment) -> Environment:
    """Return what names may hold when a statement in the middle raised: their value before, or any given there."""
    environment = dict(entry)
    for name in assigned_names(statements):
        end = body.environment.get(name)
        if end is not None and environment.get(name, end) != end:
            position = body.values[end]
            environment[name] = body.value("phi", name, (environment[name], end), position)
        elif end is not None:
            environment[name] = end
    return environment


def _finally(body: Body, statements: list[Statement], entry: Path) -> None:
    """The block also runs on errors, so only what held before the `try` is certain in it."""
    normal_at, normal = body.at, body.environment
    body.at, body.environment = entry[0], dict(normal if normal_at != ENDED else entry[1])
    body.block(statements)
    if body.at == ENDED or normal_at == ENDED:
        body.at = ENDED
        return
    body.at = normal_at


def lower_match(body: Body, node: Match) -> None:
    """Lower the cases, each under what it compares."""
    subject = body.expression(node.subject)
    exits: list[Path] = []
    exhaustive = False
    for case in node.cases:
        at, environment = body.at, body.environment
        body.environment = dict(environment)
        condition = _case_condition(body, case, subject)
        if condition >= 0:
            body.assume(condition, True, node.subject)
        for binding in case.bindings:
            body.bind(binding.id, subject)
        if case.guard is not None:
            body.assume(body.expression(case.guard), True, case.guard)
        body.block(case.body)
        exits.append((body.at, body.environment))
        body.at, body.environment = at, environment
        if case.catch_all:
            exhaustive = True
            break
        if condition >= 0 and case.guard is None:
            body.assume(condition, False, node.subject)
    if not exhaustive:
        exits.append((body.at, body.environment))
    body.join(exits)


def _case_condition(body: Body, case: Case, subject: int) -> int:
    """Return the comparison a case makes with its subject, -1 for a catch-all."""
    if case.catch_all:
        return -1
    literals = [body.expression(literal) for literal in case.literals]
    if not literals:
        return body.value("unknown", "pattern", (subject,), Extent(case.start, case.start))
    if len(literals) == 1:
        return body.value("compare", "==", (subject, literals[0]), Extent(case.start, case.start))
    options = body.value("tuple", "", tuple(literals), Extent(case.start, case.start))
    return body.value("compare", "in", (subject, options), Extent(case.start, case.start))
