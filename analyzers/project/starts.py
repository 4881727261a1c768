"""What the conditions around the start of a server say: on which transports, and of which constructions, it can be.

A condition is told again elsewhere by what it is read from: a variable of the environment, a constant of a module, a
parameter of the same function.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from analyzers.facts import Value
from analyzers.frameworks.mcp import Transport
from analyzers.project.program import Function
from analyzers.project.servers import Server
from analyzers.project.targets import Reference, argument_of
from analyzers.walks import reached

if TYPE_CHECKING:
    from analyzers.project.resolve import Resolver

MAX_DEPTH = 8
ENVIRONMENT = ("os.environ.get", "os.getenv")
# What leaves the truth, or the choice among names, of a value as it is.
SAME_TRUTH = "builtins.bool"
SAME_NAME = ("lower", "strip", "casefold")
CONSTANTS = ("str", "number", "bool", "none")


class _Held(msgspec.Struct, frozen=True):
    """A condition of a function that came out one way."""

    function: Function
    value: int
    truth: bool


def narrowed(
    resolver: "Resolver", function: Function, call: int, argument: int, transports: tuple[Transport, ...]
) -> tuple[Transport, ...]:
    """Return those of some transports that comparisons of a start's argument leave."""
    # A value of the function is the same wherever it is used, be it known what it is read from or not.
    chosen = _named(function, argument)
    wanted = _known_by(resolver, function, chosen)
    left = set(transports)
    pinned = _pinned(resolver, function, argument)
    if pinned:
        ways: set[Transport] = {"stdio" if text == "stdio" else "http" for text in pinned}
        left &= ways
    for held in _around(function, call):
        compared = _compared(resolver, held, wanted)
        if compared is not None:
            texts, equal = compared
            kinds: set[Transport] = {"stdio" if text == "stdio" else "http" for text in texts}
            left &= kinds if equal else left - ({"stdio"} if "stdio" in texts else set())
    return tuple(transport for transport in transports if transport in left) or transports


def _pinned(resolver: "Resolver", function: Function, argument: int) -> frozenset[str]:
    """Return the texts of which a field is one wherever its object is made, where that is checked each time."""
    node = function.facts.values[argument]
    targets = resolver.resolve(function, node.args[0]) if node.op == "attr" else ()
    classes = [target.function for target in targets if target.kind == "instance" and target.function is not None]
    places = [place for cls in classes for place in resolver.constructor_arguments(cls, node.text)]
    found = [_checked(resolver, scope, value) for scope, value in places]
    return frozenset().union(*found) if found and all(found) else frozenset()


def _checked(resolver: "Resolver", function: Function, value: int) -> frozenset[str]:
    """Return the texts that a value was found to be one of before it is given to a call, itself where it is one."""
    text = resolver.text(function, value)
    if text is not None:
        return frozenset({text})
    wanted = _known_by(resolver, function, value)
    for event in function.calls():
        if value in function.facts.values[event.value].args[1:]:
            for held in _around(function, event.value):
                compared = _compared(resolver, held, wanted)
                if compared is not None and compared[1]:
                    return compared[0]
    return frozenset()


def excludes(resolver: "Resolver", server: Server, start: Reference) -> bool:
    """Tell whether a start only runs where another construction made the server: their conditions contradict."""
    made = list(_around(server.site.function, server.site.value))
    started = list(_around(start.function, start.value)) if made else []
    return _contradicts(resolver, made, started) or _contradicts(resolver, started, made)


def conditions_of(function: Function, call: int) -> Iterator[tuple[Value, bool]]:
    """Yield the conditions that hold where a call is made, with how each came out."""
    return ((held.function.facts.values[held.value], held.truth) for held in _around(function, call))


def known_setting(resolver: "Resolver", function: Function, value: int) -> str | None:
    """Return what a value is read from, but for how it is written: a variable with its default, a field of a class.

    Of several ways to it those count that are no constants.
    """
    ways = _ways(function, _named(function, value))
    found = {_setting(resolver, function, way) for way in ways if function.facts.values[way].op not in CONSTANTS}
    return next(iter(found)) if len(found) == 1 else None


def _ways(function: Function, value: int) -> set[int]:
    values = function.facts.values
    found = reached([value], lambda way: values[way].args if values[way].op == "phi" else ())
    return {way for way in found if values[way].op != "phi"}


def _setting(resolver: "Resolver", function: Function, value: int) -> str | None:
    function, value = _bound(resolver, function, value)
    value = _named(function, value)
    node = function.facts.values[value]
    if node.op == "attr":
        targets = resolver.resolve(function, node.args[0])
        owners = {target.function.id for target in targets if target.kind == "instance" and target.function is not None}
        return f"{next(iter(owners))}.{node.text}" if len(owners) == 1 == len(targets) else None
    found = _atom(resolver, function, value) if node.op in ("call", "index") else None
    return found if found is not None and found.startswith("$") else None


def _contradicts(resolver: "Resolver", known: list[_Held], held: list[_Held]) -> bool:
    atoms = {atom: item.truth for item in known if (atom := _atom(resolver, item.function, item.value)) is not None}
    return bool(atoms) and any(_truth(resolver, item.function, item.value, atoms) == (not item.truth) for item in held)


def _around(function: Function, value: int) -> Iterator[_Held]:
    """Yield the conditions that hold where a call is made, taken apart as far as their outcome tells."""
    position = function.event_of(value)
    for event in function.chain(function.facts.events[position].dominator) if position >= 0 else ():
        if event.kind in ("true", "false"):
            yield from _apart(function, event.value, truth=event.kind == "true")


def _apart(function: Function, value: int, *, truth: bool) -> Iterator[_Held]:
    node = function.facts.values[value]
    if node.op == "not":
        yield from _apart(function, node.args[0], truth=not truth)
    elif node.op == ("and" if truth else "or"):
        for operand in node.args:
            yield from _apart(function, operand, truth=truth)
    else:
        yield _Held(function, value, truth)


def _truth(resolver: "Resolver", function: Function, value: int, atoms: dict[str, bool]) -> bool | None:
    """Return how a condition comes out by what is known, None where that does not tell."""
    function, value = _bound(resolver, function, value)
    node = function.facts.values[value]
    if node.op == "not":
        found = _truth(resolver, function, node.args[0], atoms)
        return None if found is None else not found
    if node.op in ("and", "or"):
        deciding = node.op == "or"
        parts = [_truth(resolver, function, operand, atoms) for operand in node.args]
        return deciding if deciding in parts else None if None in parts else not deciding
    atom = _atom(resolver, function, value)
    return atoms.get(atom) if atom is not None else None


def _compared(resolver: "Resolver", held: _Held, wanted: str) -> tuple[frozenset[str], bool] | None:
    """Return the constants that a value is known to be one of, or none of."""
    function, node = held.function, held.function.facts.values[held.value]
    if node.op != "compare" or node.text not in ("==", "!=", "is", "is-not", "in", "not-in"):
        return None
    sides = node.args if node.text not in ("in", "not-in") else node.args[:1]
    for index, side in enumerate(sides):
        named = _named(function, side)
        if _known_by(resolver, function, named) == wanted:
            other = function.facts.values[node.args[1 - index]]
            items = other.args if other.op in ("list", "tuple", "set") else (node.args[1 - index],)
            texts = [resolver.text(function, item) for item in items]
            known = frozenset(text for text in texts if text is not None)
            equal = held.truth == (node.text in ("==", "is", "in"))
            return (known, equal) if len(known) == len(texts) else None
    return None


def _named(function: Function, value: int) -> int:
    """Return what a name is taken from, `transport` of `transport.value` and `transport.lower()`."""
    node = function.facts.values[value]
    callee = function.facts.values[node.args[0]] if node.op == "call" else node
    if callee.op == "attr" and (callee.text == "value" if node.op == "attr" else callee.text in SAME_NAME):
        return _named(function, callee.args[0])
    return value


def _known_by(resolver: "Resolver", function: Function, value: int) -> str:
    """Return what stands for a value in its function: its atom, an attribute of what stands for another, itself."""
    node = function.facts.values[value]
    found = _atom(resolver, function, value)
    if found is not None or node.op != "attr" or _is_kept(function, node.text):
        return found or f"{function.id}#{value}"
    return f"{_known_by(resolver, function, node.args[0])}.{node.text}"


def _is_kept(function: Function, name: str) -> bool:
    """Tell whether a function gives an attribute of some object another value."""
    return any(event.kind == "store" and event.text == name for event in function.facts.events)


def _bound(resolver: "Resolver", function: Function, value: int) -> tuple[Function, int]:
    """Return the one definition of a name of a module, through what leaves its truth as it is."""
    for _ in range(MAX_DEPTH):
        node = function.facts.values[value]
        if node.op == "call" and len(node.args) == 2 and resolver.external(function, node.args[0]) == SAME_TRUTH:
            value = node.args[1]
            continue
        scope: Function | None = None
        name = node.text
        if node.op == "name":
            scope = function.file.module
        elif node.op == "import":
            module, _, name = node.text.partition("|")
            file = resolver.program.module(module, function.file) if name else None
            scope = file.module if file is not None else None
        bound = scope.facts.names.get(name, ()) if scope is not None else ()
        if scope is None or len(bound) != 1 or name in resolver.global_stores(scope):
            break
        function, value = scope, bound[0]
    return function, value


def _atom(resolver: "Resolver", function: Function, value: int, depth: int = MAX_DEPTH) -> str | None:
    """Return a name for what a condition is read from, the same wherever it is; None where it may change."""
    function, value = _bound(resolver, function, value)
    node = function.facts.values[value]
    if depth == 0:
        return None
    if node.op in CONSTANTS:
        return repr(node.text or node.op)
    if node.op == "param":
        return f"{function.id}#{value}"
    if node.op == "attr":
        owner = _atom(resolver, function, node.args[0], depth - 1)
        return f"{owner}.{node.text}" if owner is not None and not _is_kept(function, node.text) else None
    if node.op == "call":
        return _variable(resolver, function, value) or _lowered(resolver, function, value, depth)
    if node.op == "compare":
        sides = [_atom(resolver, function, side, depth - 1) for side in node.args]
        return None if None in sides else f"{sides[0]} {node.text} {sides[1]}"
    if node.op == "index" and resolver.external(function, node.args[0]) == "os.environ":
        name = resolver.text(function, node.args[1])
        return f"${name}" if name is not None else None
    return None


def _variable(resolver: "Resolver", function: Function, value: int) -> str | None:
    """Return the name of the environment variable that a call reads, with its default."""
    node = function.facts.values[value]
    if resolver.external(function, node.args[0]) not in ENVIRONMENT or len(node.args) < 2:
        return None
    name = resolver.text(function, node.args[1])
    default = argument_of(node, "default", 1)
    given = resolver.text(function, default) if default >= 0 else ""
    return f"${name}={given}" if given else f"${name}" if name is not None and given == "" else None


def _lowered(resolver: "Resolver", function: Function, value: int, depth: int) -> str | None:
    node = function.facts.values[value]
    callee = function.facts.values[node.args[0]]
    if callee.op != "attr" or callee.text not in SAME_NAME or len(node.args) > 1:
        return None
    owner = _atom(resolver, function, callee.args[0], depth - 1)
    return f"{owner}.{callee.text}()" if owner is not None else None
