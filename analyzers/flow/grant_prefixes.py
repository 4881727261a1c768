"""Tests of a grant by how it begins, `scope.startswith("admin")`, which longer names pass as well."""

from analyzers.facts import Value
from analyzers.flow.guards import Guard
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver

TESTS = ("startswith", "endswith")
# What parts the words of a grant: what ends with one of them names a family, `orders:`.
PARTING = frozenset(":/.-_|*=@ ")
PREFIX = "prefix"


def tested_prefix(resolver: Resolver, function: Function, node: Value) -> str:
    """Return the text that a call asks a grant to begin or to end with, "" where a whole word must stand there."""
    values = function.facts.values
    callee = values[node.args[0]] if node.op == "call" else node
    if node.op != "call" or len(node.args) < 2:
        return ""
    if callee.op != "attr" or callee.text not in TESTS:
        return ""
    text = resolver.text(function, node.args[1]) or ""
    edge = text[-1:] if callee.text == "startswith" else text[:1]
    return text if text and edge not in PARTING else ""


def part_reason(guard: Guard) -> str:
    """Return why a check is passed by a name that only has a part of what it asks for, as the end of "the check"."""
    if guard.note == PREFIX:
        return "asks how a grant begins or ends, which a longer one does as well"
    return "looks for a part of one string, where a name inside a longer one passes"
