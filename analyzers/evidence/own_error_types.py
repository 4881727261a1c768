"""Errors of the program's own types that its tools let out, as what their callers should know."""

from collections.abc import Iterator

from analyzers.authority.passage import passed_functions
from analyzers.evidence.passed_errors import types_of
from analyzers.facts import Event
from analyzers.frameworks.errors import FOR_CALLERS
from analyzers.project.program import Function
from analyzers.project.servers import Server
from analyzers.rule import Analysis


def lets_own_out(analysis: Analysis, server: Server) -> bool:
    """Tell whether tools of a server raise errors of the program's own types, which masking would hide."""
    rows = (row for row in analysis.rows if row.entry.server is server and row.entry.kind == "tool")
    functions = {function.id: function for row in rows for function in passed_functions(analysis.flow, row)}
    raised = {cls.id: cls for function in functions.values() for cls in _raised(analysis, function)}
    if not raised:
        return False
    kept = {name for function in functions.values() for name in _kept(analysis, function)}
    linearize = analysis.flow.resolver.linearize
    return any(kept.isdisjoint(above.id for above in linearize(cls)[0]) for cls in raised.values())


def _raised(analysis: Analysis, function: Function) -> Iterator[Function]:
    """Yield the classes of the program that a function raises and that do not pass a masking server."""
    resolver = analysis.flow.resolver
    for event in function.facts.events:
        node = function.facts.values[event.value] if event.kind == "raise" and event.value >= 0 else None
        for target in resolver.resolve(function, node.args[0]) if node is not None and node.op == "call" else ():
            if target.kind == "class" and target.function is not None:
                bases = resolver.linearize(target.function)[1]
                if not any(base.rpartition(".")[2] in FOR_CALLERS for base in bases):
                    yield target.function


def _kept(analysis: Analysis, function: Function) -> Iterator[str]:
    """Yield the types that a function catches and does not raise again, whatever it answers instead."""
    for handler in function.facts.events:
        if handler.kind == "swallow" and not _goes_on(function, handler):
            yield from types_of(analysis.exposure, function, handler)


def _goes_on(function: Function, handler: Event) -> bool:
    ends = (event for event in function.facts.events if event.kind == "raise")
    return any(step is handler for end in ends for step in function.chain(end.dominator))
