"""Which functions call which: directly, by handing them on, through decorators and dependencies."""

from collections.abc import Callable, Iterator, Mapping

from analyzers.project.entering import refusing
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver
from analyzers.project.targets import parameter_of
from analyzers.project.wrapping import decorations, dependencies

# Values that can be no function.
PLAIN = frozenset({"str", "number", "bool", "none", "template", "compare", "secret", "bytes"})


class CallGraph:
    """The calls between the functions of a program, found on demand and kept, beside those that are known."""

    def __init__(self, resolver: Resolver, known: Mapping[str, tuple[Function, ...]]) -> None:
        self.resolver = resolver
        self._callees: dict[str, tuple[Function, ...]] = dict(known)

    def callees(self, function: Function) -> tuple[Function, ...]:
        """Return the functions of the program that a function calls, hands on or awaits."""
        known = self._callees.get(function.id)
        if known is None:
            found: dict[Function, None] = {}
            for event in function.calls():
                node = function.facts.values[event.value]
                for argument in node.args:
                    if function.facts.values[argument].op not in PLAIN and parameter_of(function, argument) is None:
                        found.update((callee, None) for callee, _ in self.resolver.functions(function, argument))
            for node in function.facts.values:
                if node.op == "enter":
                    found.update((method, None) for method in refusing(self.resolver, function, node.args[0]))
            found.update((wrapper.body, None) for wrapper in decorations(self.resolver, function))
            found.update((provider, None) for _, provider in dependencies(self.resolver, function))
            known = self._callees[function.id] = tuple(found)
        return known

    def components(self, root: Function, is_settled: Callable[[Function], bool]) -> list[list[Function]]:
        """Return the strongly connected components reached from a function, callees first (Tarjan).

        What is settled, and what only it reaches, is left out.
        """
        order: dict[str, int] = {}
        low: dict[str, int] = {}
        stack: list[Function] = []
        components: list[list[Function]] = []
        work: list[tuple[Function, Iterator[Function]]] = [self._visit(root, order, low, stack)]
        while work:
            function, callees = work[-1]
            for callee in callees:
                if is_settled(callee):
                    continue
                if callee.id not in order:
                    work.append(self._visit(callee, order, low, stack))
                    break
                if callee in stack:
                    low[function.id] = min(low[function.id], order[callee.id])
            else:
                work.pop()
                if work:
                    parent = work[-1][0]
                    low[parent.id] = min(low[parent.id], low[function.id])
                if low[function.id] == order[function.id]:
                    position = stack.index(function)
                    components.append(stack[position:])
                    del stack[position:]
        return components

    def _visit(
        self, function: Function, order: dict[str, int], low: dict[str, int], stack: list[Function]
    ) -> tuple[Function, Iterator[Function]]:
        order[function.id] = low[function.id] = len(order)
        stack.append(function)
        return function, iter(self.callees(function))
