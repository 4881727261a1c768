"""What only happens for addresses that are not encrypted, where there is no certificate to verify."""

from collections.abc import Iterable

from analyzers.facts import Event
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver

ENCRYPTED, PLAIN = ("https", "https://"), ("http", "http://")


def is_of_plain_schemes(resolver: Resolver, function: Function, steps: Iterable[Event]) -> bool:
    """Tell whether one of the steps to an event is that an address is none of `https`."""
    return any(_says_plain(resolver, function, step.value, truth=step.kind == "true") for step in steps)


def _says_plain(resolver: Resolver, function: Function, value: int, *, truth: bool) -> bool:
    node = function.facts.values[value]
    if node.op == "not":
        return _says_plain(resolver, function, node.args[0], truth=not truth)
    if node.op in ("and", "or"):
        return (node.op == "and") == truth and any(
            _says_plain(resolver, function, part, truth=truth) for part in node.args
        )
    callee = function.facts.values[node.args[0]] if node.args else node
    if node.op == "call" and callee.op == "attr" and callee.text == "startswith" and len(node.args) == 2:
        text = resolver.text(function, node.args[1])
        return text == PLAIN[1] if truth else text in ENCRYPTED
    if node.op != "compare" or node.text not in ("==", "!="):
        return False
    texts = {resolver.text(function, side) for side in node.args}
    return not texts.isdisjoint(PLAIN if (node.text == "==") == truth else ENCRYPTED)
