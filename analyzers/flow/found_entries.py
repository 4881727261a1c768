"""Callers that are known by their credential: something is kept under it, `users.get(key)`, and nothing for others."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from analyzers.facts import Value
from analyzers.flow.asking import ASKING, KEYED
from analyzers.flow.guards import FOUND, PROVED, Guard, Place
from analyzers.flow.labels import HEADERS, NONE, Labels
from analyzers.flow.proofs import presented
from analyzers.frameworks import sinks, text
from analyzers.project.program import Function
from analyzers.project.targets import argument_of

if TYPE_CHECKING:
    from analyzers.flow.conditions import GuardReader

PARTS = ("attr", "item", "index", "await", "enter")
ENTRIES = (*PARTS, "call", "select")
MAX_STEPS = 12


def known_by(reader: "GuardReader", function: Function, value: int) -> dict[Guard, Place]:
    """Return what holds because a value is there that was looked up by what may be the credential of a request."""
    if function.facts.values[value].op == "select":
        return _chosen(reader, function, function.facts.values[value])
    subject, asks = NONE, False
    for call, labels in _asked(reader, function, value):
        node = function.facts.values[call]
        subject |= presented(labels)
        asks = asks or node.op == "index" or function.facts.values[node.args[0]].text in ASKING
    if not subject or not asks:
        return {}
    return {Guard(PROVED, "", subject, FOUND): reader.place(function, function.facts.values[value].start)}


def _chosen(reader: "GuardReader", function: Function, node: Value) -> dict[Guard, Place]:
    """`row[0] if row is not None else None`: what is known where the choice was not the constant."""
    condition, *ways = node.args
    empty = [function.facts.values[way].op == "none" for way in ways]
    found = reader.known(function, condition, empty[1]) if any(empty) and not all(empty) else {}
    return {guard: place for guard, place in found.items() if guard.kind == PROVED}


def _asked(reader: "GuardReader", function: Function, value: int) -> Iterator[tuple[int, Labels]]:
    """Yield the calls and keys that gave a value, or what it is a part of, with the labels of what they were given."""
    values, labeler = function.facts.values, reader.labeler
    for _ in range(MAX_STEPS):
        node = values[value]
        if node.op == "index":
            yield value, labeler.labels(function, node.args[1])
        if node.op in PARTS:
            value = node.args[0]
            continue
        callee = values[node.args[0]] if node.op == "call" else node
        if node.op != "call" or callee.op != "attr" or HEADERS in labeler.labels(function, callee.args[0]):
            return
        names = reader.resolver.externals(function, node.args[0])
        if reader.resolver.functions(function, node.args[0]) or any(map(sinks.is_http_call, names)):
            return
        if callee.text in text.METHODS - text.READS and callee.text not in ASKING:
            return
        if callee.text in KEYED and _has_default(function, node):
            return
        yield value, labeler.union(function, node.args[1:2] if callee.text in KEYED else node.args[1:])
        value = callee.args[0]


def _has_default(function: Function, node: Value) -> bool:
    """Tell whether a table gives something for a key that it does not have."""
    default = argument_of(node, "default", 1)
    return default >= 0 and function.facts.values[default].op != "none"
