"""Addresses with a part that a route looks up before it does anything, and refuses where there is none of it."""

import re2

from analyzers.facts import Event, Value
from analyzers.flow.guards import Place
from analyzers.flow.summaries import Flow
from analyzers.project.program import Function

PART = re2.compile(r"\{(\w+)(?::\w+)?\}|<(?:\w+:)?(\w+)>")
SECRET = frozenset({"token", "ticket", "secret", "capability", "nonce", "signature"})
PARTS = ("path_params", "view_args")
MAX_PARTS = 12


def looked_up_part(flow: Flow, handler: Function, path: str, rank: int) -> Place | None:
    """Return where a secret part of a route's address is looked up before all that the route does; None where not."""
    names = {name for one, other in PART.findall(path) if not SECRET.isdisjoint((name := one or other).split("_"))}
    doing = [event for event in handler.calls() if any(item.rank >= rank for item in flow.effects_of(handler, event))]
    for event in handler.calls() if names and doing else ():
        is_first = all(event is done or event in handler.chain(done.dominator) for done in doing)
        if is_first and _is_given(handler, event, names) and refuses(flow, handler, event):
            return flow.guards.place(handler, event.start)
    return None


def _is_given(handler: Function, event: Event, names: set[str]) -> bool:
    """Tell whether a call is given a part of the address that is named so."""
    values = handler.facts.values
    for part in handler.made_of(*values[event.value].args[1:], most=MAX_PARTS):
        node = values[part]
        if node.op == "param" and node.text in names:
            return True
        if node.op == "index" and values[node.args[0]].text in PARTS and values[node.args[1]].text in names:
            return True
    return False


def refuses(flow: Flow, handler: Function, event: Event) -> bool:
    """Tell whether a function of the program looks something up, and raises under some condition."""
    callee = handler.facts.values[event.value].args[0]
    return any(
        (flow.summary(function).effects or any(map(_is_read, function.facts.values)))
        and any(_is_refusal(function, step) for step in function.facts.events)
        for function, _ in flow.resolver.functions(handler, callee)
    )


def _is_read(node: Value) -> bool:
    return node.op == "index" or (node.op == "attr" and node.text in ("get", "pop"))


def _is_refusal(function: Function, event: Event) -> bool:
    return event.kind == "raise" and any(step.kind in ("true", "false") for step in function.chain(event.dominator))
