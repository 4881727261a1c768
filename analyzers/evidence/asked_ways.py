"""Which of the results of calls a value can still be where its type, or a key of it, was asked."""

from collections.abc import Iterator

import msgspec

from analyzers.flow.own_errors import TEXT_METHODS
from analyzers.flow.secrets import HOLES, Secret
from analyzers.frameworks.times import SETTINGS
from analyzers.project.program import Function
from analyzers.rule import Analysis

BUILTINS = "builtins."
# What an expression certainly is of the types that programs tell results apart by.
TYPES = {"map": "dict", "tuple": "tuple", "list": "list", "set": "set", "str": "str", "template": "str"}
TOLD = frozenset(TYPES.values())
# A class, and what no type above is: a number, None.
ELSE = "another"
OTHERS = frozenset({"number", "bool", "none"})
CHOICES = frozenset({"phi", "or", "default", "select"})
MAX_DEPTH = 5


class Asked(msgspec.Struct, frozen=True):
    """What is known of a value: the types of which it is one, `None` for any, those that it is not, and its keys."""

    types: frozenset[str] | None = None
    others: frozenset[str] = frozenset()
    keys: frozenset[str] = frozenset()

    def also(self, found: "Asked") -> "Asked":
        """Return what both say of one value."""
        others, keys = self.others | found.others, self.keys | found.keys
        if self.types is None or found.types is None:
            return Asked(found.types if self.types is None else self.types, others, keys)
        return Asked(self.types & found.types, others, keys)

    def admits(self, kind: str) -> bool:
        """Tell whether a value of which this is known may be of a type."""
        return kind not in self.others and (self.types is None or kind in self.types)


ANYTHING = Asked()


def can_be(analysis: Analysis, function: Function, value: int, dominator: int, secret: Secret) -> bool:
    """Tell whether a value may hold a secret there, by one of the results of the calls that made it."""
    asked = asked_of(analysis, function, value, dominator)
    if asked == ANYTHING:
        return True
    for found, way in _results(analysis, function, value, asked, MAX_DEPTH):
        held = analysis.exposure.held(found, way)
        if secret in held or any(item.kind in HOLES for item in held):
            return True
    return False


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
    """Return what a condition says that fails: of types, that it is none of them; of keys and classes, nothing."""
    return Asked(others=(found.types or frozenset()) - {ELSE})


def _of_test(analysis: Analysis, function: Function, value: int, test: int) -> Asked:
    """Return what one condition says of a value where it holds."""
    values = function.facts.values
    node = values[test]
    if node.op == "compare" and node.text == "in" and node.args[1] == value:
        key = analysis.flow.resolver.text(function, node.args[0])
        return Asked(keys=frozenset({key})) if key is not None else ANYTHING
    if node.op != "call" or len(node.args) != 3 or node.args[1] != value:
        return ANYTHING
    if analysis.flow.resolver.external(function, node.args[0]) != f"{BUILTINS}isinstance":
        return ANYTHING
    kinds = values[node.args[2]]
    types = kinds.args if kinds.op == "tuple" else (node.args[2],)
    return Asked(types=frozenset(_type(analysis, function, kind) for kind in types))


def _type(analysis: Analysis, function: Function, kind: int) -> str:
    name = analysis.flow.resolver.external(function, kind).removeprefix(BUILTINS)
    return name if name in TOLD else ELSE


def _results(
    analysis: Analysis, function: Function, value: int, asked: Asked, depth: int
) -> Iterator[tuple[Function, int]]:
    """Yield what a value may be, seen through choices and the program's functions, and what each of them asked."""
    node = function.facts.values[value]
    if node.op == "await":
        yield from _results(analysis, function, node.args[0], asked, depth)
    elif node.op in CHOICES and depth:
        for way in node.args[node.op == "select" :]:
            yield from _results(analysis, function, way, asked, depth - 1)
    elif node.op == "call" and depth and (ends := _ends(analysis, function, node.args[0])):
        for callee, end, dominator in ends:
            inner = asked.also(asked_of(analysis, callee, end, dominator))
            yield from _results(analysis, callee, end, inner, depth - 1)
    elif _fits(analysis, function, value, asked):
        yield function, value


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
    if not asked.keys or node.op != "map" or -1 in node.args[::2]:
        return True
    keys = {analysis.flow.resolver.text(function, key) for key in node.args[::2]}
    return None in keys or asked.keys <= keys


def _is_text(analysis: Analysis, function: Function, called: int) -> bool:
    """Tell whether a call gives a text: a variable of the environment, or what texts alone have a method for."""
    callee = function.facts.values[called]
    if callee.op == "attr" and callee.text in TEXT_METHODS:
        return callee.text != "encode"
    return analysis.flow.resolver.external(function, called) in SETTINGS
