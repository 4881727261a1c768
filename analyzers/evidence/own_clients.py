"""Objects that send requests, which a call makes for itself."""

from collections.abc import Iterator, Sequence

from analyzers.flow.effects import Effect
from analyzers.flow.summaries import Flow
from analyzers.project.program import Function


def makes_sender(flow: Flow, passed: Sequence[Function], effect: Effect) -> bool:
    """Tell whether one of the functions that a call passes makes an object of the class that sends a request."""
    sending = _sender(flow, effect)
    return sending is not None and any(sending in flow.resolver.linearize(made)[0] for made in _made(flow, passed))


def _sender(flow: Flow, effect: Effect) -> Function | None:
    file = flow.program.files.get(effect.place.path)
    functions = file.functions if file is not None else ()
    return next((one.owner for one in functions if one.facts.qualname == effect.place.symbol), None)


def _made(flow: Flow, passed: Sequence[Function]) -> Iterator[Function]:
    for function in passed:
        for event in function.calls():
            callee = function.facts.values[event.value].args[0]
            for target in flow.resolver.resolve(function, callee):
                if target.kind == "class" and target.function is not None:
                    yield target.function
