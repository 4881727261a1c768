"""Audiences that those compare who have a token verified: each of several channels its own."""

from analyzers.facts import Value
from analyzers.flow.audience import Unbound
from analyzers.flow.summaries import Flow
from analyzers.project.program import Function
from analyzers.roles import Role, role_of

MAX_STEPS = 2
# What a client or a resource is called says less of a helper than the claim itself.
CLAIMS = ("aud", "audience")


def is_compared_by_callers(flow: Flow, place: Unbound) -> bool:
    """Tell whether what a verification gives goes back to callers who all look for whom the token is."""
    function = place.function
    given_back = any(
        event.kind == "return" and event.value >= 0 and place.value in function.made_of(event.value)
        for event in function.facts.events
    )
    asking = [_compares(flow, caller, MAX_STEPS) for caller in _callers(flow, function)] if given_back else []
    return bool(asking) and all(asking)


def _callers(flow: Flow, function: Function) -> list[Function]:
    """Return the functions that call one: where none is known to, those that call what is called so on any object."""
    known: list[Function] = []
    possible: list[Function] = []
    for caller, call in flow.program.call_sites(function.facts.name):
        called = caller.facts.values[call].args[0]
        targets = flow.resolver.functions(caller, called)
        if role_of(caller.file.path) is Role.TEST:
            continue
        if any(callee is function for callee, _ in targets):
            known.append(caller)
        elif function.owner is not None and not flow.resolver.resolve(caller, called):
            possible.append(caller)
    return known or possible


def _compares(flow: Flow, function: Function, steps: int) -> bool:
    """Tell whether a function, or one that it calls, reads for whom a token is."""
    values = function.facts.values
    return any(
        (node.op == "index" and values[node.args[1]].text in CLAIMS)
        or (node.op == "call" and len(node.args) > 1 and _gets(values[node.args[0]], values[node.args[1]]))
        for node in values
    ) or (steps > 0 and any(_compares(flow, callee, steps - 1) for callee in flow.callees(function)))


def _gets(callee: Value, key: Value) -> bool:
    return callee.op == "attr" and callee.text == "get" and key.op == "str" and key.text in CLAIMS
