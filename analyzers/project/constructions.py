"""Which calls construct a class: by its name, by that of an heir of it, or as `cls` of a method."""

from collections.abc import Iterator, Set
from typing import TYPE_CHECKING

from analyzers.project.program import Function, Program

if TYPE_CHECKING:
    from analyzers.project.resolve import Resolver

NAMING = ("name", "import", "free")


class Constructions:
    """Finds the calls that may run a class's constructor; the program is indexed when first asked."""

    def __init__(self, resolver: "Resolver") -> None:
        self._resolver = resolver
        self._heirs: dict[str, list[Function]] | None = None
        self._own_calls = OwnCalls(resolver.program)

    def of(self, cls: Function) -> Iterator[tuple[Function, int]]:
        """Yield calls as (function, call value); not all of them lead to the class."""
        program = self._resolver.program
        if self._heirs is None:
            self._heirs = self._index()
        heirs = self._heirs.get(cls.id, [cls])
        for name in dict.fromkeys(heir.facts.name for heir in heirs):
            yield from program.call_sites(name)
        for heir in heirs:
            yield from self._own_calls.of(heir)

    def _index(self) -> dict[str, list[Function]]:
        heirs: dict[str, list[Function]] = {}
        for heir in self._resolver.program.functions():
            for owner in self._resolver.linearize(heir)[0] if heir.facts.kind == "class" else ():
                heirs.setdefault(owner.id, []).append(heir)
        return heirs


class OwnCalls:
    """The calls of `cls` in methods, by the class of the method; they are indexed when first asked for."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._known: dict[str, list[tuple[Function, int]]] | None = None

    def of(self, cls: Function) -> list[tuple[Function, int]]:
        """Return the calls by which methods of a class make an object of it, `return cls(...)`."""
        if self._known is None:
            self._known = {}
            for method, call in self._program.call_sites("cls"):
                if method.owner is not None:
                    self._known.setdefault(method.owner.id, []).append((method, call))
        return self._known.get(cls.id, [])


def chosen_of(program: Program, names: Set[str]) -> Iterator[tuple[Function, int]]:
    """Yield the calls of what is one of several classes, one of them called so: `(Own if on else FastMCP)(...)`."""
    for function, call in program.computed_calls:
        values = function.facts.values
        callee = values[values[call].args[0]]
        ways = callee.args[callee.op == "select" :] if callee.op in ("phi", "select") else ()
        if any(values[way].text.rpartition("|")[2] in names for way in ways if values[way].op in NAMING):
            yield function, call
