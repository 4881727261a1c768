"""What the lifespan of a server hands to its calls: `ctx.request_context.lifespan_context`."""

from typing import TYPE_CHECKING

from analyzers.frameworks import mcp
from analyzers.project.program import Function
from analyzers.project.targets import Found, argument_of

if TYPE_CHECKING:
    from analyzers.project.resolve import Resolver

CONTEXT = "lifespan_context"


def of_context(resolver: "Resolver", function: Function) -> Found:
    """Yield what the lifespans of the servers of a function's package yield."""
    program = resolver.program
    root = program.package_root(function.file.path)
    for name in mcp.SERVER_CLASSES:
        for maker, call in program.call_sites(name):
            given = argument_of(maker.facts.values[call], "lifespan", -1)
            if given < 0 or program.package_root(maker.file.path) != root:
                continue
            for lifespan, _ in resolver.functions(maker, given):
                for event in lifespan.facts.events:
                    if event.kind == "yield" and event.value >= 0:
                        yield from resolver.resolve(lifespan, event.value)
