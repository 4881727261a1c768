"""Which classes stand above and below one: for what `super()` is, and for what a class leaves to others.

Below a protocol stand the classes that have all of its methods, with the same parameters, whether they say so or not.
"""

from typing import TYPE_CHECKING

from analyzers.project.program import Function
from analyzers.project.targets import Found, Target, generic

if TYPE_CHECKING:
    from analyzers.project.resolve import Resolver

SUPER = "builtins.super"
UNWRITTEN = "NotImplementedError"
PROTOCOL = "Protocol"


class Hierarchy:
    """Finds the classes below one; all of them are found when the first is asked for."""

    def __init__(self, resolver: "Resolver") -> None:
        self._resolver = resolver
        self._below: dict[str, list[Function]] | None = None
        self._having: dict[str, list[Function]] = {}
        self._alike: dict[str, list[Function]] = {}

    def below(self, cls: Function) -> list[Function]:
        """Return the classes of the program that are derived from a class, or do what a protocol says."""
        derived = self._derived(cls)
        if not is_protocol(cls):
            return derived
        if cls.id not in self._alike:
            self._alike[cls.id] = self._doing(cls)
        return [*derived, *(other for other in self._alike[cls.id] if other not in derived)]

    def _doing(self, protocol: Function) -> list[Function]:
        """Return the classes that have each method of a protocol, with its parameters."""
        promised = _methods(protocol)
        if not self._having:
            for function in self._resolver.program.functions():
                if function.owner is not None and not is_protocol(function.owner):
                    self._having.setdefault(function.facts.name, []).append(function.owner)
        first = next(iter(promised), "")
        return [cls for cls in dict.fromkeys(self._having.get(first, ())) if promised.items() <= _methods(cls).items()]

    def _derived(self, cls: Function) -> list[Function]:
        if self._below is None:
            self._below = {}
            for function in self._resolver.program.functions():
                if function.facts.kind == "class" and function.facts.bases:
                    for base in self._resolver.linearize(function)[0][1:]:
                        self._below.setdefault(base.id, []).append(function)
        return self._below.get(cls.id, [])


def is_promise(method: Function) -> bool:
    """Tell whether a method is there to be overridden: it is abstract, a protocol's, or does nothing but say so."""
    scope = method.parent
    if method.owner is not None and not method.facts.events and is_protocol(method.owner):
        return True
    if any(scope.facts.values[mark].text == "abstractmethod" for mark in method.facts.decorators if scope is not None):
        return True
    events, values = method.facts.events, method.facts.values
    return bool(events) and all(
        event.kind in ("call", "raise")
        and any(values[part].text == UNWRITTEN for part in (event.value, *values[event.value].args[:1]))
        for event in events
    )


def is_protocol(cls: Function) -> bool:
    """Tell whether a class says itself that it is a protocol."""
    scope = cls.parent
    named = (generic(scope, base) for keyword, base in cls.facts.bases if scope is not None and not keyword)
    return any(scope is not None and scope.facts.values[base].text.rpartition("|")[2] == PROTOCOL for base in named)


def _methods(cls: Function) -> dict[str, tuple[str, ...]]:
    """Return the methods that a class has of its own, with the names of their parameters."""
    return {
        function.facts.name: tuple(parameter.name for parameter in function.facts.parameters)
        for function in cls.file.functions
        if function.owner is cls
    }


def above(resolver: "Resolver", function: Function) -> Found:
    """Yield what `super()` is in a method: an instance, as each base of the class around it sees it."""
    scope: Function | None = function
    while scope is not None and scope.owner is None:
        scope = scope.parent
    cls = scope.owner if scope is not None else None
    bases = list(_bases(resolver, cls)) if cls is not None else []
    yield from bases or [Target("external", f"{SUPER}()")]


def _bases(resolver: "Resolver", cls: Function) -> Found:
    for keyword, base in cls.facts.bases:
        if keyword or cls.parent is None:
            continue
        for target in resolver.resolve(cls.parent, generic(cls.parent, base)):
            if target.kind == "class" and target.function is not None:
                yield Target("instance", function=target.function)
