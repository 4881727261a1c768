"""Tools that are objects of a class of the program's own: `class Search(Tool): async def run(self, arguments): ...`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from analyzers.project.handlers import Item, part_of
from analyzers.project.members import made_of
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver
from analyzers.project.targets import Reference, argument_of, parameter_of

if TYPE_CHECKING:
    from analyzers.project.surface import Surface

PACKAGE, BASE, RUN, INIT, NAME = "fastmcp.", "Tool", "run", "__init__", "name"
MAX_HOPS = 3


class ToolObject(NamedTuple):
    """A tool by the method that runs it, and its name, "" where that is not seen."""

    name: str
    run: Function


def tool_objects(surface: "Surface", registered: Reference, items: list[Item]) -> list[ToolObject]:
    """Return the tools that a value is: of a loop, one for each item that gives it a name."""
    found = [tool for item in items for tool in _objects(surface.resolver, registered, item)]
    named = [tool for tool in found if tool.name]
    return named or found[:1] or list(_objects(surface.resolver, registered, None))


def _objects(
    resolver: Resolver, registered: Reference, item: Item | None, hops: int = MAX_HOPS
) -> Iterator[ToolObject]:
    """Yield the tools that a value is, where it is made here, in a variable or in a function that gives it back."""
    function, node = registered.function, registered.node
    if node.op == "name":
        bound = function.facts.names.get(node.text, ()) or function.file.module.facts.names.get(node.text, ())
        scope = function if node.text in function.facts.names else function.file.module
        ways = [Reference(scope, value) for value in bound if value != registered.value]
    elif node.op == "call":
        made = list(_made(resolver, registered, item))
        yield from made
        ways = [] if made else list(_returned(resolver, registered))
    else:
        ways = []
    for way in ways if hops else ():
        yield from _objects(resolver, way, item, hops - 1)


def made_elsewhere(resolver: Resolver, registered: Reference) -> Reference | None:
    """Return the call that made a registered tool of a function, where that stands elsewhere, else None."""
    if registered.node.op not in ("name", "free", "import", "attr"):
        return None
    targets = resolver.resolve(registered.function, registered.value)
    made = [Reference(target.function, target.value) for target in targets if target.function and made_of(target)]
    return made[0] if len(made) == len(targets) == 1 else None


def _made(resolver: Resolver, registered: Reference, item: Item | None) -> Iterator[ToolObject]:
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
        yield ToolObject(stated or own or _handed_on(resolver, cls, registered, item), run)


def _handed_on(resolver: Resolver, cls: Function, made: Reference, item: Item | None) -> str:
    """Return the name that the constructor of a class hands on: `super().__init__(name=contract.name)`."""
    init = resolver.method(cls, INIT)
    if init is None:
        return ""
    calls = [init.facts.values[event.value] for event in init.calls()]
    given = [argument_of(call, NAME, -1) for call in calls if init.facts.values[call.args[0]].text == INIT]
    texts = [_said(resolver, Reference(init, value), made, item) for value in given if value >= 0]
    return texts[0] if len(texts) == 1 else ""


def _said(resolver: Resolver, named: Reference, made: Reference, item: Item | None) -> str:
    """Return the text of what a constructor is given, or of a part of that, as a call and its loop give it."""
    is_part = named.node.op == "attr"
    outer = parameter_of(named.function, named.node.args[0] if is_part else named.value)
    if outer is None:
        return resolver.text(named.function, named.value) or ""
    given = argument_of(made.node, outer[0].facts.parameters[outer[1]].name, outer[1] - 1)
    if item is not None and given == item.element:
        whole = Reference(item.entry.function, item.entry.value)
    else:
        whole = Reference(made.function, given)
    said = part_of(resolver, whole, named) if is_part and given >= 0 else whole
    return resolver.text(said.function, said.value) or "" if said is not None else ""


def _returned(resolver: Resolver, registered: Reference) -> Iterator[Reference]:
    for callee, _ in resolver.functions(registered.function, registered.node.args[0]):
        for event in callee.facts.events:
            if event.kind == "return" and event.value >= 0:
                yield Reference(callee, event.value)


def _last(name: str) -> str:
    return name.rpartition(".")[2]
