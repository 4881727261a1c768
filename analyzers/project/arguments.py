"""What the program's calls pass for a parameter: calls by name, of what a table or a call gives, or one is handed."""

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from analyzers.project.constructions import Constructions
from analyzers.project.handed_calls import calls_of_takers, injected
from analyzers.project.program import Function
from analyzers.project.targets import MAX_TARGETS, argument_of
from analyzers.roles import Role, role_of

if TYPE_CHECKING:
    from analyzers.project.resolve import Resolver

MAX_CALLS = 1000
# A caller, the value that is its call, and whether it has a receiver that is no argument.
Call = tuple[Function, int, bool]
Site = TypeVar("Site", tuple[Function, int], tuple[Function, int, bool])


class Arguments:
    """Finds arguments; answers are kept."""

    def __init__(self, resolver: "Resolver") -> None:
        self._resolver = resolver
        self._constructions = Constructions(resolver)
        self._known: dict[tuple[str, int], list[tuple[Function, int]]] = {}
        self._sites: dict[str, list[Call]] = {}
        self._computed: dict[str, list[Call]] | None = None
        self._partials: dict[str, list[Call]] | None = None
        self._handed: dict[str, list[Call]] = {}

    def of(self, callee: Function, index: int) -> list[tuple[Function, int]]:
        """Return what the program's calls pass for a parameter, as (function, value)."""
        return (self.each(callee, index) or self._by_takers(callee, index))[:MAX_TARGETS]

    def each(self, callee: Function, index: int) -> list[tuple[Function, int]]:
        """Return what every call by name, or of what a table gives, passes, where each is asked about by itself."""
        known = self._known.get((callee.id, index))
        if known is not None:
            return known
        self._known[callee.id, index] = []
        found = self._direct(callee, index) or self._by_table(callee, index)
        self._known[callee.id, index] = found[:MAX_CALLS]
        return self._known[callee.id, index]

    def _direct(self, callee: Function, index: int) -> list[tuple[Function, int]]:
        first = injected(self._resolver, callee) if callee.facts.decorators else 0
        own = 0 if callee.owner is None else 1
        is_own = not first or index >= first + own
        called = _given(self._sites_of(callee), callee, index, shift=-first) if is_own else []
        return called + _given(self._partial_calls().get(callee.id, ()), callee, index, shift=1)

    def _partial_calls(self) -> dict[str, list[Call]]:
        """Return the calls of `partial` by the function that they are given first."""
        if self._partials is None:
            self._partials = {}
            for caller, call in self._resolver.program.call_sites("partial"):
                node = caller.facts.values[call]
                for function, receiver in self._resolver.functions(caller, node.args[1]) if len(node.args) > 1 else ():
                    self._partials.setdefault(function.id, []).append((caller, call, receiver is not None))
        return self._partials

    def _sites_of(self, callee: Function) -> list[Call]:
        """Return the calls by name that run a function."""
        known = self._sites.get(callee.id)
        if known is not None:
            return known
        made = callee.owner if callee.facts.name == "__init__" else None
        sites = self._resolver.program.call_sites
        named = (
            [site for name in _names(callee) for site in sites(name)] if made is None else self._constructions.of(made)
        )
        found = of_product(
            callee,
            [
                (caller, call, receiver is not None)
                for caller, call in named
                for function, receiver in self._resolver.functions(caller, caller.facts.values[call].args[0])
                if function is callee
            ],
        )
        # In the midst of a question some callees may not be known yet.
        if self._resolver.is_idle:
            self._sites[callee.id] = found
        return found

    def _by_table(self, callee: Function, index: int) -> list[tuple[Function, int]]:
        if self._computed is None:
            self._computed = {}
            for caller, call in self._resolver.program.computed_calls:
                for function, receiver in self._resolver.functions(caller, caller.facts.values[call].args[0]):
                    self._computed.setdefault(function.id, []).append((caller, call, receiver is not None))
        return _given(self._computed.get(callee.id, ()), callee, index)

    def _by_takers(self, callee: Function, index: int) -> list[tuple[Function, int]]:
        known = self._handed.get(callee.id)
        if known is None:
            self._handed[callee.id] = []
            known = list(calls_of_takers(self._resolver, callee))
            if self._resolver.is_idle:
                self._handed[callee.id] = known
            else:
                del self._handed[callee.id]
        # Functions that are handed to one that was handed on are registered: that is followed by itself.
        return [site for site in _given(known, callee, index) if not self._resolver.functions(*site)]


def _given(calls: Iterable[Call], callee: Function, index: int, shift: int = 0) -> list[tuple[Function, int]]:
    """Return what calls pass for a parameter; `shift` is how many arguments stand before a function's own."""
    name = callee.facts.parameters[index].name
    found = (
        (caller, argument_of(caller.facts.values[call], name, index + shift - (1 if receiver else 0)))
        for caller, call, receiver in calls
    )
    return [(caller, argument) for caller, argument in found if argument >= 0]


def of_product(callee: Function, sites: list[Site]) -> list[Site]:
    """Return the calls that the product makes of what is its own; what tests and samples pass says nothing of that."""
    own = [site for site in sites if _is_product(site[0].file.path)] if _is_product(callee.file.path) else []
    return own or sites


@lru_cache(8192)
def _is_product(path: str) -> bool:
    return role_of(path) is Role.PRODUCT


def _names(callee: Function) -> list[str]:
    """Return the names by which a function is called; a lambda's are those under which it is kept."""
    parent = callee.parent
    if callee.facts.kind != "lambda" or parent is None:
        return [callee.facts.name]
    values = parent.facts.values
    is_own = [node.op == "function" and int(node.text) == callee.index for node in values]
    kept = [event.text for event in parent.facts.events if event.kind == "store" and is_own[event.value]]
    return kept + [name for name, bound in parent.facts.names.items() if any(is_own[value] for value in bound)]
