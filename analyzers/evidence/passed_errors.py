"""Errors that a helper words and its caller lets through, beside the handler of whatever else may go wrong.

`except ToolError: raise` in front of `except Exception as error` leaves the latter what the helper did not word itself.
"""

from collections.abc import Iterator

from analyzers.evidence.worded import Worded, is_handler
from analyzers.facts import Event
from analyzers.flow.exposure import ExposureReader
from analyzers.flow.secrets import ERRORS
from analyzers.project.program import Function


def passed_on(exposure: ExposureReader, answer: Worded) -> Worded | None:
    """Return where a helper words the error that passes the handler of an answer, None where none does."""
    function = answer.function
    handler = next((event for event in function.facts.events if is_handler(function, event, answer.secret)), None)
    if handler is None:
        return None
    let_through = {name for other in _beside(function, handler) for name in types_of(exposure, function, other)}
    for helper in _helpers(exposure, function, handler) if let_through else ():
        for event in helper.facts.events:
            if event.kind == "raise" and event.value >= 0:
                node = helper.facts.values[event.value]
                is_same = node.op == "call" and not let_through.isdisjoint(names_of(exposure, helper, node.args[0]))
                held = exposure.union(helper, node.args[1:]) if is_same else ()
                errors = sorted(item for item in held if item.kind in ERRORS)
                if errors:
                    return Worded(helper, event, errors[0])
    return None


def _beside(function: Function, handler: Event) -> Iterator[Event]:
    """Yield the handlers in front of one, of the same `try`, that raise again what they catch."""
    events = function.facts.events
    for index, event in enumerate(events[: events.index(handler)]):
        if event.kind == "swallow" and event.dominator == handler.dominator:
            again = (end for end in events if end.kind == "raise" and end.value < 0 and end.dominator == index)
            if next(again, None) is not None:
                yield event


def types_of(exposure: ExposureReader, function: Function, handler: Event) -> Iterator[str]:
    """Yield what the exceptions that a handler catches are known by."""
    types = function.facts.values[handler.value] if handler.value >= 0 else None
    for exception in () if types is None else types.args if types.op == "tuple" else (handler.value,):
        yield from names_of(exposure, function, exception)


def names_of(exposure: ExposureReader, function: Function, value: int) -> Iterator[str]:
    """Yield what an exception is known by: the name of a library, or the class of the program."""
    yield from exposure.resolver.externals(function, value)
    for target in exposure.resolver.resolve(function, value):
        if target.kind == "class" and target.function is not None:
            yield target.function.id


def _helpers(exposure: ExposureReader, function: Function, handler: Event) -> Iterator[Function]:
    """Yield the functions that are called, or handed to what calls them, where a handler guards."""
    events = function.facts.events
    for event in events[handler.dominator + 1 : events.index(handler)]:
        for value in function.facts.values[event.value].args if event.kind == "call" else ():
            if function.facts.values[value].op in ("attr", "name", "import", "free", "function"):
                yield from (callee for callee, _ in exposure.resolver.functions(function, value))
