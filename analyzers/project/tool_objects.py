"""Tools that are objects of a class of the program's own: `class Search(Tool): async def run(self, arguments): ...`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from analyzers.project.members import made_of
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver
from analyzers.project.targets import Reference, argument_of

if TYPE_CHECKING:
    from analyzers.project.surface import Surface

PACKAGE, BASE, RUN, NAME = "fastmcp.", "Tool", "run", "name"
MAX_HOPS = 3


class ToolObject(NamedTuple):
    """A tool by the method that runs it, and its name, "" where that is not seen."""

    name: str
    run: Function


def tool_objects(surface: "Surface", registered: Reference, hops: int = MAX_HOPS) -> Iterator[ToolObject]:
    """Yield the tools that a value is, where it is made here, in a variable or in a function that gives it back."""
    function, node = registered.function, registered.node
    if node.op == "name":
        bound = function.facts.names.get(node.text, ()) or function.file.module.facts.names.get(node.text, ())
        scope = function if node.text in function.facts.names else function.file.module
        ways = [Reference(scope, value) for value in bound if value != registered.value]
    elif node.op == "call":
        made = list(_made(surface.resolver, registered))
        yield from made
        ways = [] if made else list(_returned(surface.resolver, registered))
    else:
        ways = []
    for way in ways if hops else ():
        yield from tool_objects(surface, way, hops - 1)


def made_elsewhere(resolver: Resolver, registered: Reference) -> Reference | None:
    """Return the call that made a registered tool of a function, where that stands elsewhere, else None."""
    if registered.node.op not in ("name", "free", "import", "attr"):
        return None
    targets = resolver.resolve(registered.function, registered.value)
    made = [Reference(target.function, target.value) for target in targets if target.function and made_of(target)]
    return made[0] if len(made) == len(targets) == 1 else None


def _made(resolver: Resolver, registered: Reference) -> Iterator[ToolObject]:
    """Yield the tool that a call makes, of a class that extends the framework's."""
    function, node = registered.function, registered.node
    for target in resolver.resolve(function, node.args[0]):
        cls = target.function if target.kind == "class" else None
        bases = resolver.linearize(cls)[1] if cls is not None else ()
        run = resolver.method(cls, RUN) if cls is not None else None
        if cls is None or run is None or not any(base.startswith(PACKAGE) and _last(base) == BASE for base in bases):
            continue
        stated = resolver.text(function, argument_of(node, NAME, -1))
        own = next((text for value in cls.facts.names.get(NAME, ()) if (text := resolver.text(cls, value))), "")
        yield ToolObject(stated or own, run)


def _returned(resolver: Resolver, registered: Reference) -> Iterator[Reference]:
    for callee, _ in resolver.functions(registered.function, registered.node.args[0]):
        for event in callee.facts.events:
            if event.kind == "return" and event.value >= 0:
                yield Reference(callee, event.value)


def _last(name: str) -> str:
    return name.rpartition(".")[2]
