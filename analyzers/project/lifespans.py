"""What the lifespan of a server hands to its calls: `ctx.request_context.lifespan_context`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from analyzers.frameworks import mcp
from analyzers.project.program import Function
from analyzers.project.targets import Found, argument_of

if TYPE_CHECKING:
    from analyzers.project.resolve import Resolver

CONTEXT = "lifespan_context"
Yielded = tuple[Function, int]


class Lifespans:
    """Finds what lifespans yield; what those of a package do is kept."""

    def __init__(self, resolver: "Resolver") -> None:
        self._resolver = resolver
        self._known: dict[str, list[Yielded]] = {}

    def of(self, function: Function) -> Found:
        """Yield what the lifespans of the servers of a function's package yield."""
        root = self._resolver.program.package_root(function.file.path)
        if root not in self._known:
            self._known[root] = list(self._yielded(root))
        for lifespan, value in self._known[root]:
            yield from self._resolver.resolve(lifespan, value)

    def _yielded(self, root: str) -> Iterator[Yielded]:
        program = self._resolver.program
        for name in sorted({*mcp.SERVER_CLASSES, *own_servers(self._resolver)}):
            for maker, call in program.call_sites(name):
                given = argument_of(maker.facts.values[call], "lifespan", -1)
                if given < 0 or program.package_root(maker.file.path) != root:
                    continue
                for lifespan, _ in self._resolver.functions(maker, given):
                    for event in lifespan.facts.events:
                        if event.kind == "yield" and event.value >= 0:
                            yield lifespan, event.value


def own_servers(resolver: "Resolver") -> Iterator[str]:
    """Yield the names of the program's own classes of servers."""
    for function in resolver.program.functions():
        derived = function.facts.kind == "class" and function.facts.bases
        if derived and any(mcp.server_framework(base) for base in resolver.linearize(function)[1]):
            yield function.facts.name
