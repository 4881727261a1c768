"""What the program's calls pass for a parameter: calls by name, and of what a table or another call gives."""

from typing import TYPE_CHECKING

from analyzers.project.constructions import Constructions
from analyzers.project.program import Function
from analyzers.project.targets import MAX_TARGETS, argument_of

if TYPE_CHECKING:
    from analyzers.project.resolve import Resolver


class Arguments:
    """Finds arguments; answers are kept."""

    def __init__(self, resolver: "Resolver") -> None:
        self._resolver = resolver
        self._constructions = Constructions(resolver)
        self._known: dict[tuple[str, int], list[tuple[Function, int]]] = {}
        self._indirect: dict[str, list[tuple[Function, int, bool]]] | None = None

    def of(self, callee: Function, index: int) -> list[tuple[Function, int]]:
        """Return what the program's calls pass for a parameter, as (function, value)."""
        known = self._known.get((callee.id, index))
        if known is not None:
            return known
        self._known[callee.id, index] = []
        found = self._direct(callee, index) or self._by_table(callee, index)
        self._known[callee.id, index] = found[:MAX_TARGETS]
        return self._known[callee.id, index]

    def _direct(self, callee: Function, index: int) -> list[tuple[Function, int]]:
        name = callee.facts.parameters[index].name
        made = callee.owner if callee.facts.name == "__init__" else None
        program = self._resolver.program
        sites = program.call_sites(callee.facts.name) if made is None else self._constructions.of(made)
        found: list[tuple[Function, int]] = []
        for caller, call in sites:
            node = caller.facts.values[call]
            for function, receiver in self._resolver.functions(caller, node.args[0]):
                if function is callee:
                    argument = argument_of(node, name, index - (1 if receiver is not None else 0))
                    if argument >= 0:
                        found.append((caller, argument))
        return found

    def _by_table(self, callee: Function, index: int) -> list[tuple[Function, int]]:
        if self._indirect is None:
            self._indirect = {}
            for caller, call in self._resolver.program.indirect_calls():
                for function, receiver in self._resolver.functions(caller, caller.facts.values[call].args[0]):
                    self._indirect.setdefault(function.id, []).append((caller, call, receiver is not None))
        name = callee.facts.parameters[index].name
        found = [
            (caller, argument_of(caller.facts.values[call], name, index - (1 if receiver else 0)))
            for caller, call, receiver in self._indirect.get(callee.id, ())
        ]
        return [(caller, argument) for caller, argument in found if argument >= 0]
