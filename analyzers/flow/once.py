"""What is done once: behind the question whether something that is kept was made yet, and before it is kept."""

from collections.abc import Iterator

from analyzers.facts import Event
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver

KEEPING = ("store", "global")
BRANCHES = ("true", "false")


def is_done_once(resolver: Resolver, function: Function, event: Event) -> bool:
    """Tell whether an event happens while a variable or an attribute is empty, which the function fills.

    `if self.engine is None: self.engine = make_engine()`; what is called behind the question may fill it as well.
    """
    for step in function.chain(event.dominator):
        missing = set(_missing(function, step.value, truth=step.kind == "true")) if step.kind in BRANCHES else set()
        if missing and not missing.isdisjoint(_filled(resolver, function, event)):
            return True
    return False


def _missing(function: Function, condition: int, *, truth: bool) -> Iterator[str]:
    """Yield the variables and attributes of which a condition of known outcome says that they may be empty."""
    node = function.facts.values[condition]
    if node.op == "not":
        yield from _missing(function, node.args[0], truth=not truth)
    elif node.op == ("or" if truth else "and"):
        for part in node.args:
            yield from _missing(function, part, truth=truth)
    elif node.op == "compare":
        empty = any(function.facts.values[part].op == "none" for part in node.args)
        if empty and truth == (node.text in ("is", "==")):
            for part in node.args:
                yield from _kept(function, part)
    elif not truth:
        yield from _kept(function, condition)


def _kept(function: Function, value: int) -> Iterator[str]:
    """Yield the name of a variable of the module, or of an attribute of the function's own object."""
    node = function.facts.values[value]
    if node.op == "name" or (node.op == "attr" and function.owner is not None and node.args[0] == 0):
        yield node.text


def _filled(resolver: Resolver, function: Function, event: Event) -> Iterator[str]:
    """Yield what a function keeps, and what it calls at an event."""
    called = function.facts.values[event.value].args[0] if event.kind == "call" else -1
    callees = [callee for callee, _ in resolver.functions(function, called)] if called >= 0 else []
    for keeper in (function, *callees):
        for step in keeper.facts.events:
            if step.kind in KEEPING:
                yield step.text
