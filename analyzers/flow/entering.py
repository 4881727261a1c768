"""What runs where an object is entered by a `with`: its `__enter__`, once the object is made."""

from collections.abc import Iterator

from analyzers.project.program import Function
from analyzers.project.resolve import Resolver

ENTERING = ("__enter__", "__aenter__")


class Entering:
    """Finds the methods that enter what calls make; what a function enters is found once."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._known: dict[str, frozenset[int]] = {}

    def methods(self, function: Function, value: int) -> Iterator[tuple[Function, Function]]:
        """Yield the methods that enter what a call makes with its class, none where it is not entered."""
        entered = self._known.get(function.id)
        if entered is None:
            values = (node.args[0] for node in function.facts.values if node.op == "enter")
            entered = self._known[function.id] = frozenset(values)
        for target in self._resolver.resolve(function, value) if value in entered else ():
            cls = target.function if target.kind == "instance" else None
            for name in ENTERING if cls is not None else ():
                method = self._resolver.method(cls, name) if cls is not None else None
                if cls is not None and method is not None:
                    yield method, cls
