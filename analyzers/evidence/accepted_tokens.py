"""Whether a token was verified by another function before it is read, and whether it is a client's own."""

from collections.abc import Iterator

from analyzers.facts import Event, Value
from analyzers.flow.label_calls import skips_signature
from analyzers.frameworks import identity
from analyzers.frameworks.sinks import CLIENT_CLASSES, is_http_call
from analyzers.project.program import Function
from analyzers.project.targets import parameter_of
from analyzers.rule import Analysis

MAX_HOPS = 3


def is_accepted_before(analysis: Analysis, function: Function, event: Event, token: int) -> bool:
    """Tell whether a function that verifies signatures was given a token before an event, here or in every caller."""
    if token < 0:
        return False
    if _is_handed_to_verifier(analysis, function, event, token, None):
        return True
    given = next(filter(None, (parameter_of(function, part) for part in function.made_of(token))), None)
    if given is None:
        return False
    sites = list(calls_of(analysis, function))
    return bool(sites) and all(
        any(
            _is_handed_to_verifier(analysis, caller, step, argument, function.owner)
            for argument in caller.facts.values[step.value].args[1:]
        )
        for caller, step in sites
    )


def _is_handed_to_verifier(
    analysis: Analysis, function: Function, event: Event, token: int, cls: Function | None
) -> bool:
    """Tell whether a call before an event is given a token and verifies it; `cls` is whose methods may be meant."""
    parts = {part for part in function.made_of(token) if function.facts.values[part].op not in ("str", "number")}
    for step in function.chain(event.dominator):
        node = function.facts.values[step.value] if step.kind == "call" else None
        given = node.args[1:] if node is not None else ()
        if node is None or not any(item in parts or token in function.made_of(item) for item in given):
            continue
        if any(_verifies(analysis, callee, MAX_HOPS) for callee in _meant(analysis, function, node, cls)):
            return True
    return False


def _meant(analysis: Analysis, function: Function, call: Value, cls: Function | None) -> Iterator[Function]:
    """Yield what a call may run: of a method that a class overrides, the one of the class."""
    callee = function.facts.values[call.args[0]]
    own = analysis.flow.resolver.method(cls, callee.text) if cls is not None and callee.op == "attr" else None
    if own is not None:
        yield own
    else:
        yield from (found for found, _ in analysis.flow.resolver.functions(function, call.args[0]))


def calls_of(analysis: Analysis, function: Function) -> Iterator[tuple[Function, Event]]:
    """Yield the calls of a function, or of the method that it overrides."""
    own = analysis.flow.resolver.linearize(function.owner)[0] if function.owner is not None else ()
    for caller, call in analysis.program.call_sites(function.facts.name):
        callees = analysis.flow.resolver.functions(caller, caller.facts.values[call].args[0])
        if any(callee is function or (callee.owner in own) for callee, _ in callees):
            yield caller, caller.facts.events[caller.event_of(call)]


def _verifies(analysis: Analysis, function: Function, hops: int) -> bool:
    resolver = analysis.flow.resolver
    for event in function.calls():
        node = function.facts.values[event.value]
        names = resolver.externals(function, node.args[0])
        if not set(identity.VERIFIERS).isdisjoint(names) and not skips_signature(resolver, function, node):
            return True
    return hops > 0 and any(_verifies(analysis, callee, hops - 1) for callee in analysis.flow.callees(function))


def is_of_verified_request(analysis: Analysis, function: Function) -> bool:
    """Tell whether a function only runs in calls whose connection was authenticated by the framework's provider.

    The header that it reads is the one that was verified then.
    """
    keys = set(analysis.rows_through(function))
    rows = [row for row in analysis.rows if row.key in keys]
    return bool(rows) and all(
        row.entry.kind != "route" and row.state.authentication and not row.state.possibly and row.transport == "http"
        for row in rows
    )


def is_of_client(analysis: Analysis, function: Function, token: int) -> bool:
    """Tell whether a token is what an object sends its requests with: whoever gets them verifies it."""
    node = function.facts.values[token] if token >= 0 else None
    is_field = node is not None and node.op == "attr" and function.facts.values[node.args[0]].op == "param"
    if function.owner is None or not is_field:
        return False
    resolver = analysis.flow.resolver
    classes, bases = resolver.linearize(function.owner)
    sent = (
        name
        for cls in classes
        for method in cls.file.functions
        if method.owner is cls
        for event in method.calls()
        for name in resolver.externals(method, method.facts.values[event.value].args[0])
    )
    return not set(CLIENT_CLASSES).isdisjoint(bases) or any(map(is_http_call, sent))


def is_fetched(analysis: Analysis, function: Function, token: int, hops: int = MAX_HOPS) -> bool:
    """Tell whether a token is what a call without arguments gave: nothing that a caller sent went into it."""
    if token < 0:
        return False
    given = parameter_of(function, token)
    if given is not None:
        passed = analysis.flow.resolver.arguments(*given) if hops else []
        return bool(passed) and all(is_fetched(analysis, *way, hops - 1) for way in passed)
    node = function.facts.values[token]
    if node.op in ("item", "index", "await", "attr") and node.args:
        return is_fetched(analysis, function, node.args[0], hops)
    return node.op == "call" and len(node.args) == 1 and function.facts.values[node.args[0]].op != "attr"
