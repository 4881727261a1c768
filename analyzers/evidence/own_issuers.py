"""Tokens that a program issues itself with the key that one of its verifiers expects."""

from analyzers.facts import Value
from analyzers.flow.claims import EXPIRY, claims_of, given, name_nobody
from analyzers.frameworks import tokens
from analyzers.project.program import Function
from analyzers.project.targets import argument_of
from analyzers.rule import Analysis

PUBLIC_KEY = "public_key"
# What only unpacks a key, or makes another form of it.
UNPACKING = ("get_secret_value", "encode", "strip", "decode")
MAX_STEPS = 4


def all_issued_dated(analysis: Analysis, verifier: Function, call: int) -> bool:
    """Tell whether tokens are issued here, and each with an expiry; those signed with another setting do not count."""
    resolver = analysis.flow.resolver
    signed = [
        (_named(function, argument_of(node, "key", 2 if name.startswith(tokens.HEADER_FIRST) else 1)), function, claims)
        for function, value, name in analysis.calls("encode")
        if name in tokens.ENCODERS and (claims := claims_of(node := function.facts.values[value], name)) >= 0
    ]
    key = _named(verifier, argument_of(verifier.facts.values[call], "key", 1))
    same = [one for one in signed if one[0] == key] if key else []
    issued = [
        any(given(resolver, function, claims, EXPIRY)) or name_nobody(resolver, function, claims)
        for _, function, claims in same or signed
    ]
    return bool(issued) and all(issued)


def is_of_own_pair(analysis: Analysis, verifier: Function, call: int) -> bool:
    """Tell whether a key to verify with is made of the private one, `private.public_key()`, which the program has."""
    waiting = [(verifier, argument_of(verifier.facts.values[call], "key", 1))]
    for _ in range(MAX_STEPS):
        waiting = [found for way in waiting if way[1] >= 0 for found in _ways(analysis, *way)]
        if any(_makes_public(function, function.facts.values[value]) for function, value in waiting):
            return True
    return False


def _ways(analysis: Analysis, function: Function, value: int) -> list[tuple[Function, int]]:
    node = function.facts.values[value]
    if _makes_public(function, node):
        return [(function, value)]
    return analysis.flow.defaults.definitions(function, value)


def _makes_public(function: Function, node: Value) -> bool:
    callee = function.facts.values[node.args[0]] if node.op == "call" else node
    return node.op == "call" and len(node.args) == 1 and callee.op == "attr" and callee.text == PUBLIC_KEY


def _named(function: Function, value: int) -> str:
    """Return what the setting, the variable or the attribute is called that a key is read from, "" for another."""
    node = function.facts.values[value] if value >= 0 else None
    while node is not None and node.op == "call":
        callee = function.facts.values[node.args[0]]
        node = function.facts.values[callee.args[0]] if callee.op == "attr" and callee.text in UNPACKING else None
    return node.text.rpartition("|")[2] if node is not None and node.op in ("attr", "name", "import") else ""
