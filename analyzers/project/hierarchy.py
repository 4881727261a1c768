"""Which classes stand above and below one: for what `super()` is, and for what a class leaves to others."""

from typing import TYPE_CHECKING

from analyzers.project.program import Function
from analyzers.project.targets import Found, Target, generic

if TYPE_CHECKING:
    from analyzers.project.resolve import Resolver

SUPER = "builtins.super"
UNWRITTEN = "NotImplementedError"


class Hierarchy:
    """Finds the classes below one; all of them are found when the first is asked for."""

    def __init__(self, resolver: "Resolver") -> None:
        self._resolver = resolver
        self._below: dict[str, list[Function]] | None = None

    def below(self, cls: Function) -> list[Function]:
        """Return the classes of the program that are derived from a class."""
        if self._below is None:
            self._below = {}
            for function in self._resolver.program.functions():
                if function.facts.kind == "class" and function.facts.bases:
                    for base in self._resolver.linearize(function)[0][1:]:
                        self._below.setdefault(base.id, []).append(function)
        return self._below.get(cls.id, [])


def is_promise(method: Function) -> bool:
    """Tell whether a method is there to be overridden: it is abstract, or does nothing but say so."""
    scope = method.parent
    if any(scope.facts.values[mark].text == "abstractmethod" for mark in method.facts.decorators if scope is not None):
        return True
    events, values = method.facts.events, method.facts.values
    return bool(events) and all(
        event.kind in ("call", "raise")
        and any(values[part].text == UNWRITTEN for part in (event.value, *values[event.value].args[:1]))
        for event in events
    )


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
