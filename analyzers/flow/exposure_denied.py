"""Tables that are copied where it is known that they have no entry with a secret's name."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from analyzers.flow.prefixes import texts_of
from analyzers.flow.secrets import Secrets
from analyzers.project.program import Function
from analyzers.project.targets import Site

if TYPE_CHECKING:
    from analyzers.flow.exposure import ExposureReader

# Methods of sets that tell of common items, and by which answer of theirs there are none.
COMMON = {"intersection": False, "isdisjoint": True}
NOT_IN = (("compare", "in", "false"), ("compare", "not-in", "true"))


def without_denied(reader: "ExposureReader", site: Site, found: Secrets) -> Secrets:
    """Return what a call gives without secrets that its arguments were found not to have: `"key" not in table`."""
    function, value, node = site
    event = function.event_of(value) if node.op == "call" and found else -1
    if event < 0:
        return found
    tables = frozenset(node.args[1:])
    absent = {
        name.lower()
        for step in function.chain(function.facts.events[event].dominator)
        if step.kind in ("true", "false")
        for name in _absent(reader, Site(function, step.value, function.facts.values[step.value]), tables, step.kind)
    }
    return frozenset(secret for secret in found if secret.name.lower() not in absent) if absent else found


def _absent(reader: "ExposureReader", site: Site, tables: frozenset[int], outcome: str) -> Iterator[str]:
    """Yield the names that a condition of known outcome says to be in none of some tables."""
    function, _, node = site
    other = {"true": "false", "false": "true"}[outcome]
    if node.op == "not":
        yield from _absent(reader, _part(function, node.args[0]), tables, other)
    elif (node.op, outcome) in (("and", "true"), ("or", "false")):
        for part in node.args:
            yield from _absent(reader, _part(function, part), tables, outcome)
    elif (node.op, node.text, outcome) in NOT_IN and node.args[1] in tables:
        yield from texts_of(reader.flow.labeler, function, node.args[0])
    elif node.op == "call" and len(node.args) == 2:
        callee = function.facts.values[node.args[0]]
        is_empty = callee.op == "attr" and COMMON.get(callee.text) is (outcome == "true")
        sides = (callee.args[0], node.args[1]) if is_empty else ()
        for side in sides if tables.intersection(sides) else ():
            yield from texts_of(reader.flow.labeler, function, side) if side not in tables else ()


def _part(function: Function, value: int) -> Site:
    return Site(function, value, function.facts.values[value])
