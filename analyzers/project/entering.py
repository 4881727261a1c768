"""What runs where an object is entered by a `with`: its `__enter__`, once the object is made."""

from collections.abc import Iterator

from analyzers.project.program import Function
from analyzers.project.references import ENTERING
from analyzers.project.resolve import Resolver


def entering(resolver: Resolver, function: Function, value: int) -> Iterator[tuple[Function, Function]]:
    """Yield the methods of the program that enter what a value is, each with the class of the object."""
    for target in resolver.resolve(function, value):
        cls = target.function if target.kind == "instance" else None
        for name in ENTERING if cls is not None else ():
            method = resolver.method(cls, name) if cls is not None else None
            if cls is not None and method is not None:
                yield method, cls


def refusing(resolver: Resolver, function: Function, value: int) -> Iterator[Function]:
    """Yield those of the methods that enter what a value is which may refuse to."""
    for method, _ in entering(resolver, function, value):
        if any(event.kind == "raise" for event in method.facts.events):
            yield method


class Entering:
    """Tells what is entered of what calls make; it is found once for each function."""

    def __init__(self) -> None:
        self._known: dict[str, frozenset[int]] = {}

    def includes(self, function: Function, value: int) -> bool:
        """Tell whether a function enters what a call makes."""
        entered = self._known.get(function.id)
        if entered is None:
            values = (node.args[0] for node in function.facts.values if node.op == "enter")
            entered = self._known[function.id] = frozenset(values)
        return value in entered
