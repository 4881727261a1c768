"""Which of the results of calls a value can still be where its type, a key or an entry of it was asked."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from analyzers.facts import Value
from analyzers.flow.own_errors import TEXT_METHODS
from analyzers.flow.secrets import ENTRY, HOLES, PARAMETER, Secret, Secrets
from analyzers.frameworks.times import SETTINGS
from analyzers.project.program import Function
from analyzers.project.targets import argument_of
from analyzers.rule import Analysis

BUILTINS = "builtins."
# What an expression certainly is of the types that programs tell results apart by.
TYPES = {"map": "dict", "tuple": "tuple", "list": "list", "set": "set", "str": "str", "template": "str"}
TOLD = frozenset(TYPES.values())
# A class, and what no type above is: a number, None.
ELSE = "another"
OTHERS = frozenset({"number", "bool", "none"})
CHOICES = frozenset({"phi", "or", "default", "select"})
COMPARISONS = ("==", "!=")
# What is written as it is, and which of that counts as false.
CONSTANTS = frozenset({"str", "bool", "number", "none"})
FALSE = ("", "False", "None", "0")
NOTHING = Value("none")
MAX_DEPTH = 5


class Asked(msgspec.Struct, frozen=True):
    """What is known of a value: the types of which it is one, `None` for any, those that it is not, and its keys.

    `entries` are (key, text, whether): `("status", "ok", False)` where the entry is anything but that; without a text,
    whether it is true.
    """

    types: frozenset[str] | None = None
    others: frozenset[str] = frozenset()
    keys: frozenset[str] = frozenset()
    entries: frozenset[tuple[str, str | None, bool]] = frozenset()

    def also(self, found: "Asked") -> "Asked":
        """Return what both say of one value."""
        others, keys = self.others | found.others, self.keys | found.keys
        entries = self.entries | found.entries
        if self.types is None or found.types is None:
            return Asked(found.types if self.types is None else self.types, others, keys, entries)
        return Asked(self.types & found.types, others, keys, entries)

    def admits(self, kind: str) -> bool:
        """Tell whether a value of which this is known may be of a type."""
        return kind not in self.others and (self.types is None or kind in self.types)


ANYTHING = Asked()


class Result(NamedTuple):
    """An expression that a value may be, and the calls, as (function, value), through which it is that."""

    function: Function
    value: int
    calls: tuple[tuple[Function, int], ...] = ()


def can_be(analysis: Analysis, function: Function, value: int, dominator: int, secret: Secret) -> bool:
    """Tell whether a value may hold a secret there, by one of the results of the calls that made it."""
    asked = asked_of(analysis, function, value, dominator)
    for result in _results(analysis, Result(function, value), asked, MAX_DEPTH):
        held = analysis.exposure.held(result.function, result.value)
        if secret in held or _is_passed(analysis, result, held, secret):
            return True
    return False


def _is_passed(analysis: Analysis, result: Result, held: Secrets, secret: Secret) -> bool:
    """Tell whether a secret is given, by the calls that lead to a result, to a parameter that the result holds."""
    callee = result.function
    for function, call in reversed(result.calls):
        holes = [item for item in held if item.kind in HOLES and item.path == callee.id]
        held = analysis.exposure.union(function, _given(function.facts.values[call], callee, holes))
        if secret in held:
            return True
        callee = function
    return secret.kind in HOLES and any(item.kind in HOLES for item in held)


def _given(call: Value, callee: Function, holes: Sequence[Secret]) -> Sequence[int]:
    """Return what a call gives for some parameters, all that it gives where that is not told apart."""
    first = 0 if callee.owner is None else 1
    given = [argument_of(call, hole.name, hole.line - first) for hole in holes]
    is_plain = all(hole.kind in (PARAMETER, ENTRY) for hole in holes) and not {"*", "**"} & set(call.names)
    return [argument for argument in given if argument >= 0] if is_plain else call.args[1:]


def asked_of(analysis: Analysis, function: Function, value: int, dominator: int) -> Asked:
    """Return what conditions that hold behind an event say of a value: `isinstance(found, dict)`, `"error" in it`."""
    asked = ANYTHING
    for step in function.chain(dominator):
        if step.kind in ("true", "false"):
            for test, truth in _tests(function, step.value, step.kind == "true"):
                found = _of_test(analysis, function, value, test)
                asked = asked.also(found if truth else _failed(found))
    return asked


def _tests(function: Function, value: int, truth: bool) -> Iterator[tuple[int, bool]]:
    """Yield the parts of a condition that are known to hold, or to fail, where all of it does."""
    node = function.facts.values[value]
    if node.op in ("not", "and" if truth else "or"):
        for part in node.args:
            yield from _tests(function, part, truth if node.op != "not" else not truth)
    else:
        yield value, truth


def _failed(found: Asked) -> Asked:
    """Return what a condition says that fails: of types and entries, that it is none; of keys and classes, nothing."""
    entries = frozenset((key, text, not whether) for key, text, whether in found.entries)
    return Asked(others=(found.types or frozenset()) - {ELSE}, entries=entries)


def _of_test(analysis: Analysis, function: Function, value: int, test: int) -> Asked:
    """Return what one condition says of a value where it holds."""
    values = function.facts.values
    node = values[test]
    if node.op == "compare" and node.text == "in" and node.args[1] == value:
        key = analysis.flow.resolver.text(function, node.args[0])
        return Asked(keys=frozenset({key})) if key is not None else ANYTHING
    entry = _asked_entry(analysis, function, value, test)
    if entry is not None:
        return Asked(entries=frozenset({entry}))
    if node.op != "call" or len(node.args) != 3 or node.args[1] != value:
        return ANYTHING
    if analysis.flow.resolver.external(function, node.args[0]) != f"{BUILTINS}isinstance":
        return ANYTHING
    kinds = values[node.args[2]]
    types = kinds.args if kinds.op == "tuple" else (node.args[2],)
    return Asked(types=frozenset(_type(analysis, function, kind) for kind in types))


def _asked_entry(analysis: Analysis, function: Function, value: int, test: int) -> tuple[str, str | None, bool] | None:
    """Return what a condition says of an entry: `found["status"] == "ok"`, `found.get("error")`."""
    values = function.facts.values
    node = values[test]
    key = _key(analysis, function, value, test)
    if key is not None:
        return key, None, True
    for entry, constant in (node.args, node.args[::-1]) if node.op == "compare" and node.text in COMPARISONS else ():
        key = _key(analysis, function, value, entry)
        if key is not None and values[constant].op == "str":
            return key, values[constant].text, node.text == "=="
    return None


def _key(analysis: Analysis, function: Function, table: int, entry: int) -> str | None:
    """Return the key of an entry of a table, `table["status"]` or `table.get("status")`, None of anything else."""
    values = function.facts.values
    node = values[entry]
    if node.op == "index" and node.args[0] == table:
        return analysis.flow.resolver.text(function, node.args[1])
    callee = values[node.args[0]] if node.op == "call" and len(node.args) == 2 else node
    is_read = callee.op == "attr" and callee.text == "get" and callee.args[0] == table
    return analysis.flow.resolver.text(function, node.args[1]) if is_read and callee is not node else None


def _type(analysis: Analysis, function: Function, kind: int) -> str:
    name = analysis.flow.resolver.external(function, kind).removeprefix(BUILTINS)
    return name if name in TOLD else ELSE


def _results(analysis: Analysis, result: Result, asked: Asked, depth: int) -> Iterator[Result]:
    """Yield what a value may be, seen through choices and the program's functions, and what each of them asked."""
    function, value, calls = result
    node = function.facts.values[value]
    if node.op == "await":
        yield from _results(analysis, Result(function, node.args[0], calls), asked, depth)
    elif node.op in CHOICES and depth:
        for way in node.args[node.op == "select" :]:
            yield from _results(analysis, Result(function, way, calls), asked, depth - 1)
    elif node.op == "call" and depth and (ends := _ends(analysis, function, node.args[0])):
        for callee, end, dominator in ends:
            inner = asked.also(asked_of(analysis, callee, end, dominator))
            yield from _results(analysis, Result(callee, end, (*calls, (function, value))), inner, depth - 1)
    elif _fits(analysis, function, value, asked):
        yield result


def _ends(analysis: Analysis, function: Function, called: int) -> list[tuple[Function, int, int]]:
    """Return what the program's functions give back that a call runs, none where it may run anything else."""
    targets = tuple(analysis.flow.resolver.resolve(function, called))
    if not targets or any(target.kind not in ("function", "bound") for target in targets):
        return []
    return [
        (callee, event.value, event.dominator)
        for callee, _ in analysis.flow.resolver.functions(function, called)
        for event in callee.facts.events
        if event.kind in ("return", "yield") and event.value >= 0
    ]


def _fits(analysis: Analysis, function: Function, value: int, asked: Asked) -> bool:
    """Tell whether an expression may be of the types, and have the keys, that are known of a value."""
    node = function.facts.values[value]
    kind = ELSE if node.op in OTHERS else TYPES.get(node.op, "")
    if node.op == "call":
        kind = "str" if _is_text(analysis, function, node.args[0]) else ""
    if not kind:
        return True
    if not asked.admits(kind):
        return False
    if node.op != "map" or -1 in node.args[::2] or not (asked.keys or asked.entries):
        return True
    keys = [analysis.flow.resolver.text(function, key) for key in node.args[::2]]
    entries = dict(zip(keys, node.args[1::2], strict=False))
    return None in entries or (
        asked.keys <= entries.keys()
        and all(
            _may_be(analysis, function, entries.get(key, -1), text, whether) for key, text, whether in asked.entries
        )
    )


def _may_be(analysis: Analysis, function: Function, entry: int, text: str | None, whether: bool) -> bool:
    """Tell whether an entry, -1 for none, may be what is known of it."""
    node = function.facts.values[entry] if entry >= 0 else NOTHING
    if text is None:
        return node.op not in CONSTANTS or (node.text not in FALSE) == whether
    written = analysis.flow.resolver.text(function, entry)
    return (node.op not in CONSTANTS and written is None) or (written == text) == whether


def _is_text(analysis: Analysis, function: Function, called: int) -> bool:
    """Tell whether a call gives a text: a variable of the environment, or what texts alone have a method for."""
    callee = function.facts.values[called]
    if callee.op == "attr" and callee.text in TEXT_METHODS:
        return callee.text != "encode"
    return analysis.flow.resolver.external(function, called) in SETTINGS
