"""Which errors a server that masks the details of errors keeps to itself: all but those that leave as a `ToolError`."""

from collections.abc import Iterator

from analyzers.authority.rows import Row
from analyzers.evidence.passed_errors import names_of, passed_on, types_of
from analyzers.evidence.worded import Worded, is_handler
from analyzers.facts import Event
from analyzers.flow.secrets import ERRORS
from analyzers.frameworks.errors import BROAD, FOR_CALLERS
from analyzers.project.annotations import returned
from analyzers.project.overrides import registering
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver
from analyzers.project.targets import Target
from analyzers.project.wrapping import decorations, wrappers_of
from analyzers.rule import Analysis
from analyzers.walks import reached

MAX_WRAPPERS = 12


def is_maskable(analysis: Analysis, row: Row, answer: Worded) -> bool:
    """Tell whether masking keeps the text of an answer from callers.

    It does not where the text is returned, where it is raised as what is made to pass, where a helper words it so and
    the handler lets that through, and where a wrapper around the entry point makes it one.
    """
    if answer.event.kind != "raise" or _passes(analysis.flow.resolver, answer.function, answer.event):
        return False
    helper = passed_on(analysis.exposure, answer)
    if helper is not None and _passes(analysis.flow.resolver, helper.function, helper.event):
        return False
    wrappers = _around(analysis.flow.resolver, row)
    return not any(_converts(analysis, body, answer) for body in wrappers if body is not answer.function)


def _passes(resolver: Resolver, function: Function, event: Event) -> bool:
    """Tell whether a raised exception is of a type that passes a masking server."""
    node = function.facts.values[event.value]
    found = resolver.resolve(function, node.args[0]) if node.op == "call" else ()
    return any(
        name.removesuffix("()").rpartition(".")[2] in FOR_CALLERS
        for target in found
        for name in _known_as(resolver, target)
    )


def _known_as(resolver: Resolver, called: Target) -> Iterator[str]:
    """Yield the libraries' names of the exception that a call makes: of its class, or of what a helper returns."""
    made = [called]
    if called.kind in ("function", "bound") and called.function is not None:
        made = list(returned(resolver, called.function))
    for target in made:
        if target.kind == "external":
            yield target.name
        elif target.kind in ("class", "instance") and target.function is not None:
            yield from resolver.linearize(target.function)[1]


def _around(resolver: Resolver, row: Row) -> list[Function]:
    """Return the wrappers around an entry point: its decorators, what it is registered in, and what is around those."""
    entry = row.entry
    applied = (*entry.around, *entry.optional, *registering(resolver, entry.server))
    around = [wrapper for reference in applied for wrapper in wrappers_of(resolver, reference)]
    dispatcher = entry.branch.function if entry.branch is not None else None
    for handler in (entry.handler, dispatcher):
        around.extend(decorations(resolver, handler) if handler is not None else ())
    bodies = (wrapper.body for wrapper in around)
    return list(reached(bodies, lambda body: [outer.body for outer in decorations(resolver, body)], MAX_WRAPPERS))


def _converts(analysis: Analysis, body: Function, answer: Worded) -> bool:
    """Tell whether a wrapper catches what an answer raises, and raises its text as an exception that passes."""
    raised = answer.function.facts.values[answer.event.value]
    callee = raised.args[0] if raised.op == "call" else answer.event.value
    caught = BROAD.union(names_of(analysis.exposure, answer.function, callee))
    for event in body.facts.events:
        if event.kind != "raise" or event.value < 0 or not _passes(analysis.flow.resolver, body, event):
            continue
        held = analysis.exposure.union(body, body.facts.values[event.value].args[1:])
        for secret in (item for item in held if item.kind in ERRORS):
            handlers = (step for step in body.facts.events if is_handler(body, step, secret))
            if any(not caught.isdisjoint(types_of(analysis.exposure, body, handler)) for handler in handlers):
                return True
    return False
