"""Tokens that grant what the request for them asks for, and nothing else decides."""

from collections.abc import Iterator

from analyzers.flow.claims import claims_of, given
from analyzers.flow.labels import is_chosen, is_identity
from analyzers.frameworks import tokens
from analyzers.project.program import Function
from analyzers.rule import Analysis

MAX_HOPS = 3
COPIES = frozenset({"list", "sorted", "tuple", "set", "frozenset"})


def asked_grants(analysis: Analysis, names: frozenset[str]) -> Iterator[tuple[Function, int, str]]:
    """Yield the calls that issue a token with a claim of some names as its request has it, as (function, call, claim).

    What is compared before the token is made, or cut down to what the caller may have, is somebody's decision.
    """
    sent = _Sent(analysis)
    for function, call, name in analysis.calls("encode"):
        claims = claims_of(function.facts.values[call], name) if name in tokens.ENCODERS else -1
        for claim in sorted(names) if claims >= 0 else ():
            for scope, value in given(analysis.flow.resolver, function, claims, claim):
                if scope is function and sent.is_asked(function, call, value):
                    yield function, call, claim


class _Sent:
    """Follows values back, through parameters alone, to what handlers are sent."""

    def __init__(self, analysis: Analysis) -> None:
        self._flow = analysis.flow
        self._handlers = {row.entry.handler.id for row in analysis.rows if row.entry.handler is not None}

    def is_asked(self, function: Function, call: int, value: int, hops: int = MAX_HOPS) -> bool:
        """Tell whether a value is what a handler was sent, and no condition before a call is about it."""
        node = function.facts.values[value]
        while node.op == "call" and len(node.args) == 2 and function.facts.values[node.args[0]].text in COPIES:
            value = node.args[1]
            node = function.facts.values[value]
        position = function.event_of(call)
        if position < 0 or _is_decided(function, position, value):
            return False
        if function.id in self._handlers:
            labels = self._flow.labeler.labels(function, value)
            return any(map(is_chosen, labels)) and not is_identity(labels) and node.op != "binary"
        if node.op != "param" or not hops:
            return False
        ways = self._flow.resolver.arguments(function, value)
        return any(self.is_asked(caller, _call_with(caller, passed), passed, hops - 1) for caller, passed in ways)


def _call_with(function: Function, argument: int) -> int:
    """Return the call that a value is given to, -1 for none."""
    calls = (event.value for event in function.calls() if argument in function.facts.values[event.value].args[1:])
    return next(calls, -1)


def _is_decided(function: Function, position: int, value: int) -> bool:
    return any(
        step.kind in ("true", "false", "each") and value in function.made_of(step.value)
        for step in function.chain(function.facts.events[position].dominator)
    )
