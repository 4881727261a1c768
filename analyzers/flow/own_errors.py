"""Errors that are about what a caller did, or that the program words itself: their texts are meant for callers."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from analyzers.facts import Event
from analyzers.flow.exposure_urls import of_failed
from analyzers.flow.secrets import ERROR, ERRORS, Secret, read_at
from analyzers.flow.validating import validates
from analyzers.frameworks import errors, sinks
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver
from analyzers.project.targets import Site

if TYPE_CHECKING:
    from analyzers.flow.exposure import ExposureReader

TEXT_METHODS = frozenset({"strip", "lstrip", "rstrip", "lower", "upper", "encode", "removeprefix", "removesuffix"})

PLAIN_METHODS = frozenset({"get", "keys", "values", "items", "join", "format", "append", "copy", *TEXT_METHODS})
# What programs raise of their own, and little else does.
WORDED = "builtins.RuntimeError"
MAX_DEPTH = 4


def own_errors(resolver: Resolver, function: Function, event: Event) -> frozenset[int]:
    """Return the parameters that `isinstance(error, ShopError)` found to be such where an event happens."""
    return frozenset(
        found
        for step in function.chain(event.dominator)
        if step.kind == "true"
        for found in _found(resolver, function, step.value)
    )


def only_converts(reader: "ExposureReader", function: Function, handler: Event) -> bool:
    """Tell whether all that a handler guards reads texts: what it catches is about what a caller wrote."""
    found = False
    for call in _guarded(function, handler):
        if _is_text_method(function, call):
            continue
        if _converts(reader, function, call, MAX_DEPTH):
            found = True
        elif not _words(reader, function, call):
            return False
    return found


def _converts(reader: "ExposureReader", function: Function, call: int, depth: int) -> bool:
    """Tell whether a call reads a text, or runs functions of the program that do nothing but that."""
    callee = function.facts.values[call].args[0]
    made = reader.resolver.functions(function, callee) if depth else ()
    if made:
        # What a function does is asked of one that calls nothing else: few are left, and those are solved fast.
        return all(
            all(
                _is_text_method(found, event.value) or _converts(reader, found, event.value, depth - 1)
                for event in found.calls()
            )
            and not reader.flow.summary(found).effects
            for found, _ in made
        )
    names = reader.resolver.externals(function, callee)
    return (bool(names) and names[0].startswith(errors.CONVERSIONS)) or validates(reader.flow, function, call)


def _is_text_method(function: Function, call: int) -> bool:
    """Tell whether a call is a method of texts, whatever is known of what has it: `path.strip()`."""
    callee = function.facts.values[function.facts.values[call].args[0]]
    return callee.op == "attr" and callee.text in TEXT_METHODS


def _words(reader: "ExposureReader", function: Function, call: int) -> bool:
    """Tell whether a call makes an error in words of the program's own: `ValueError("must be a list")`."""
    names = reader.resolver.externals(function, function.facts.values[call].args[0])
    return bool(names) and all(name.startswith("builtins.") and name.endswith("Error") for name in names)


def _found(resolver: Resolver, function: Function, value: int) -> Iterator[int]:
    node = function.facts.values[value]
    if node.op == "and":
        for part in node.args:
            yield from _found(resolver, function, part)
    elif node.op == "call" and len(node.args) == 3 and node.args[1] < len(function.facts.parameters):
        called = resolver.external(function, node.args[0]) == "builtins.isinstance"
        if called and _are_own(resolver, function, node.args[2]):
            yield node.args[1]


def _are_own(resolver: Resolver, function: Function, types: int) -> bool:
    """Tell whether a class, or each of a tuple, is one of the program, or of those that word what callers did wrong."""
    found: list[bool] = []
    for target in resolver.resolve(function, types):
        if target.kind == "display" and target.function is not None:
            items = target.function.facts.values[target.value].args
            found.extend(_are_own(resolver, target.function, item) for item in items)
        else:
            found.append(target.kind == "class" or (target.kind == "external" and not errors.is_internal(target.name)))
    return bool(found) and all(found)


def caught(reader: "ExposureReader", site: Site) -> Iterator[Secret]:
    """Yield the text of an error from below; what the program raises itself, or validates, is meant for callers."""
    function, value, node = site
    handler = next(
        (event for event in function.facts.events if event.kind == "swallow" and event.start == node.start), None
    )
    if handler is None or handler.value < 0:
        return
    types = function.facts.values[handler.value]
    for exception in types.args if types.op == "tuple" else (handler.value,):
        for name in reader.resolver.externals(function, exception):
            about_input = name in errors.BROAD and only_converts(reader, function, handler)
            if name in errors.BROAD or name.startswith(sinks.HTTP_MODULES):
                yield from of_failed(reader, function, handler)
            if errors.is_internal(name) and not about_input and not _is_raised_here(reader, function, handler, name):
                yield read_at(function, ERROR, name.removeprefix("builtins."), value)


def _is_raised_here(reader: "ExposureReader", function: Function, handler: Event, name: str) -> bool:
    """Tell whether an error is one that the program words, in functions that do nothing else that fails with it."""
    if name != WORDED:
        return False
    waiting = [
        (callee, MAX_DEPTH) for call in _guarded(function, handler) for callee in _called(reader, function, call)
    ]
    seen: set[str] = set()
    told: list[bool] = []
    while waiting:
        found, depth = waiting.pop()
        if found is None or depth == 0 or reader.flow.summary(found).effects:
            return False
        if found.id in seen:
            continue
        seen.add(found.id)
        for event in found.facts.events:
            node = found.facts.values[event.value] if event.value >= 0 else None
            if event.kind == "raise" and node is not None and node.op == "call":
                if name in reader.resolver.externals(found, node.args[0]):
                    held = reader.union(found, node.args[1:])
                    told.append(not any(secret.kind in ERRORS for secret in held))
            elif event.kind == "call":
                waiting.extend((callee, depth - 1) for callee in _called(reader, found, event.value))
    return bool(told) and all(told)


def _guarded(function: Function, handler: Event) -> list[int]:
    """Return the calls that a handler guards."""
    events = function.facts.events
    return [event.value for event in events[handler.dominator + 1 : events.index(handler)] if event.kind == "call"]


def _called(reader: "ExposureReader", function: Function, call: int) -> Iterator[Function | None]:
    """Yield the functions of the program that a call runs, None where it may run another; builtins are none."""
    callee = function.facts.values[call].args[0]
    targets = [found for found, _ in reader.resolver.functions(function, callee)]
    yield from targets
    names = reader.resolver.externals(function, callee)
    plain = function.facts.values[callee].op == "attr" and function.facts.values[callee].text in PLAIN_METHODS
    if not targets and not plain and not (names and all(name.startswith("builtins.") for name in names)):
        yield None


def is_asked_error(function: Function, end: Event) -> bool:
    """Tell whether a function gives back what it asked to be an error, `if is_error(found): return found`."""
    values = function.facts.values
    for step in function.chain(end.dominator):
        node = values[step.value] if step.kind == "true" else None
        if node is not None and node.op == "call" and end.value in node.args[1:]:
            name = values[node.args[0]].text.rpartition("|")[2].lower()
            return "error" in name or "failed" in name
    return False
