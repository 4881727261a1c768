"""Functions of a program that lend a server's decorator: `def tool(*args, **kwargs): return mcp.tool(*args, **kwargs)`.

What is decorated with their result is registered as if the server's own decorator stood there.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from analyzers.frameworks import mcp
from analyzers.frameworks.mcp import Framework, Kind
from analyzers.project.declarations import declare, keywords_of
from analyzers.project.program import Function
from analyzers.project.targets import Reference

if TYPE_CHECKING:
    from analyzers.project.surface import Surface

# Arguments of a registration that say who may call; where the lender gives them they are what holds.
DECIDING = frozenset({"auth", "tags"})


def find_lent(surface: "Surface") -> None:
    """Add the entry points of functions that are decorated with what another function returns."""
    for name, kind in mcp.DECLARATIONS.items():
        for function, value in surface.program.call_sites(name):
            returned = (event.value for event in function.facts.events if event.kind == "return")
            if function.facts.values[function.facts.values[value].args[0]].op == "attr" and value in returned:
                _declare(surface, Reference(function, value), kind)


def _declare(surface: "Surface", lent: Reference, kind: Kind) -> None:
    lender, own = lent.function, keywords_of(lent.node)
    receiver = lender.facts.values[lent.node.args[0]].args[0]
    for decorated, applied in _decorated_by(surface, lender):
        for server in surface.receivers(lender, receiver, sure=False):
            if server.framework is not Framework.LOW_LEVEL:
                declare(surface, server, decorated, applied, kind)
                if not DECIDING.isdisjoint(own):
                    surface.entries[-1].declared, surface.entries[-1].keywords = lent, own


def _decorated_by(surface: "Surface", lender: Function) -> Iterator[tuple[Function, Reference]]:
    """Yield the functions that are decorated with what a call of the lender makes, each with that call."""
    for decorated, applied in surface.decorations():
        node = applied.node
        if node.op == "call" and any(
            called is lender for called, _ in surface.resolver.functions(applied.function, node.args[0])
        ):
            yield decorated, applied
