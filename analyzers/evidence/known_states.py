"""Steps of a sign-in that only go on with a state which the program drew when it began: `if state in pending:`."""

from analyzers.evidence.drawn_secrets import is_drawn
from analyzers.evidence.looked_up_addresses import refuses
from analyzers.facts import Event, Value
from analyzers.flow.summaries import Flow
from analyzers.project.program import Function

STATES = frozenset({"state", "nonce", "login_state", "auth_state", "oauth_state"})
MAX_PARTS = 12
WRITTEN = ("list", "tuple", "set", "map", "str")


def looks_up_state(flow: Flow, handler: Function, rank: int) -> bool:
    """Tell whether all that a handler does, of a rank or above, follows such a look-up of what its request says."""
    sent = {value for value, node in enumerate(handler.facts.values) if _names_state(flow, handler, node)}
    doing = [event for event in handler.calls() if any(item.rank >= rank for item in flow.effects_of(handler, event))]
    known = bool(sent) and bool(doing) and all(_is_behind(flow, handler, event, sent) for event in doing)
    return known and any(
        is_drawn(flow.resolver, function, value)
        for function in flow.resolver.program.functions()
        for name in STATES.intersection(function.facts.names)
        for value in function.facts.names[name]
    )


def _names_state(flow: Flow, handler: Function, node: Value) -> bool:
    """Tell whether a value is an entry of the request that is called a state."""
    values = handler.facts.values
    if node.op == "call" and len(node.args) > 1:
        callee = values[node.args[0]]
        return callee.op == "attr" and callee.text == "get" and flow.resolver.text(handler, node.args[1]) in STATES
    return node.op == "index" and flow.resolver.text(handler, node.args[1]) in STATES


def _is_behind(flow: Flow, handler: Function, event: Event, sent: set[int]) -> bool:
    """Tell whether a call comes behind a look-up of a state, or is one itself that refuses what it does not find."""
    values = handler.facts.values
    for step in handler.chain(event.dominator):
        node = values[step.value] if step.kind in ("true", "call") else None
        if node is None:
            continue
        if step.kind == "call" and _refuses_unknown(flow, handler, step, sent):
            return True
        looks = step.kind == "true" and node.op == "compare" and node.text == "in"
        kept = looks and values[node.args[1]].op not in WRITTEN
        if kept and not sent.isdisjoint(handler.made_of(node.args[0], most=MAX_PARTS)):
            return True
    return _refuses_unknown(flow, handler, event, sent)


def _refuses_unknown(flow: Flow, handler: Function, event: Event, sent: set[int]) -> bool:
    """Tell whether a call is given a state, and raises where it finds nothing under it."""
    given = handler.made_of(*handler.facts.values[event.value].args[1:], most=MAX_PARTS)
    return not sent.isdisjoint(given) and refuses(flow, handler, event)
