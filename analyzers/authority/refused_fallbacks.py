"""Refusals to act with the server's own credential for callers who bring none, but for a switch that allows it.

`if in_request and not os.getenv("ALLOW_FALLBACK"): raise ValueError("no credential")` in front of the server's own.
"""

from collections.abc import Iterator

from analyzers.facts import Event
from analyzers.flow.conditions import flag_of
from analyzers.flow.summaries import Flow
from analyzers.frameworks.identity import REQUEST_READERS
from analyzers.project.program import Function

BRANCHES = ("true", "false")
MAX_PARTS = 12


def refuses_fallback(flow: Flow, function: Function) -> bool:
    """Tell whether a function refuses requests unless a switch of the process is set, and else goes on."""
    events = function.facts.events
    returned = [event.dominator for event in events if event.kind == "return"]
    for end in events:
        if end.kind != "raise":
            continue
        step = next((step for step in function.chain(end.dominator) if step.kind in BRANCHES), None)
        if step is not None and _is_refusal(flow, function, step):
            opposite = "false" if step.kind == "true" else "true"
            if any(_passes(function, at, opposite, step.value) for at in returned):
                return True
    return False


def _passes(function: Function, at: int, kind: str, value: int) -> bool:
    return any(step.kind == kind and step.value == value for step in function.chain(at))


def _is_refusal(flow: Flow, function: Function, step: Event) -> bool:
    """Tell whether a branch is one of a request that is handled while a switch is off."""
    parts = list(_parts(function, step.value, step.kind == "true"))
    is_off = any(not truth and _is_switch(flow, function, value) for value, truth in parts)
    return is_off and any(truth and _is_in_request(flow, function, value) for value, truth in parts)


def _parts(function: Function, value: int, truth: bool) -> Iterator[tuple[int, bool]]:
    """Yield the conditions that a branch consists of, with how each comes out."""
    node = function.facts.values[value]
    if node.op == "not":
        yield from _parts(function, node.args[0], not truth)
    elif node.op == ("and" if truth else "or"):
        for part in node.args[:MAX_PARTS]:
            yield from _parts(function, part, truth)
    else:
        yield value, truth


def _is_switch(flow: Flow, function: Function, value: int) -> bool:
    labels = flow.labeler.labels(function, value)
    return bool(labels) and all(label.startswith("env:") for label in labels)


def _is_in_request(flow: Flow, function: Function, value: int) -> bool:
    """Tell whether a condition holds while a request is handled: a flag that is set once it was asked for."""
    node = function.facts.values[value]
    if node.op == "compare" and node.text == "is-not":
        return any(_asks(flow, function, part) for part in node.args)
    if node.op != "phi":
        return flow.guards.requests.includes(function, value) or _asks(flow, function, value)
    flags = (flag_of(function, part) for part in node.args if function.facts.values[part].text == "True")
    set_at = [function.facts.events[flag].dominator for flag in flags if flag >= 0]
    return bool(set_at) and all(
        any(step.kind == "call" and _asks(flow, function, step.value) for step in function.chain(at)) for at in set_at
    )


def _asks(flow: Flow, function: Function, value: int) -> bool:
    """Tell whether a value is the request that is being handled."""
    node = function.facts.values[value]
    if node.op == "phi":
        return any(_asks(flow, function, part) for part in node.args if function.facts.values[part].op == "call")
    return node.op == "call" and flow.resolver.external(function, node.args[0]) in REQUEST_READERS
