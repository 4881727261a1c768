"""Methods that a loop finds by their marks: `for name in dir(tools): mcp.add_tool(getattr(tools, name))`.

Each method of the classes that may be looked through is one, if a decorator that is called like a declaration marks it.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from analyzers.frameworks import mcp
from analyzers.project.program import Function
from analyzers.project.targets import Reference, parameter_of

if TYPE_CHECKING:
    from analyzers.project.surface import Surface

MEMBERS = "inspect.getmembers"
ATTRIBUTE = "builtins.getattr"
MAX_STEPS = 4


def marked_methods(surface: "Surface", handler: Reference) -> Iterator[tuple[Function, Reference, mcp.Kind]]:
    """Yield the methods that what is registered may be, with the decorator of each and what it declares."""
    looked = _looked_through(surface, handler)
    if looked < 0:
        return
    classes = {cls.id: cls for cls in _classes(surface, handler.function, looked)}
    owners = {base.id for cls in classes.values() for base in surface.resolver.linearize(cls)[0]}
    for function, declared in surface.decorations() if owners else ():
        node = declared.node
        callee = declared.function.facts.values[node.args[0]] if node.op == "call" else node
        kind = (mcp.MARKS | mcp.MIXIN_DECORATORS).get(callee.text.rpartition("|")[2])
        if kind is not None and callee.op != "attr" and function.owner is not None and function.owner.id in owners:
            yield function, declared, kind


def _looked_through(surface: "Surface", handler: Reference) -> int:
    """Return the object of which a value is a member that a loop takes, -1 where it is none."""
    function, value = handler.function, handler.value
    for _ in range(MAX_STEPS):
        node = function.facts.values[value]
        if node.op == "call" and len(node.args) > 1:
            name = surface.resolver.external(function, node.args[0])
            is_named = name == ATTRIBUTE and surface.resolver.text(function, node.args[2]) is None
            return node.args[1] if is_named or name == MEMBERS else -1
        if node.op not in ("element", "item", "index", "attr") or not node.args:
            break
        value = node.args[0]
    return -1


def _classes(surface: "Surface", function: Function, value: int) -> Iterator[Function]:
    """Yield the classes that an object may be of, by what callers give where it is a parameter."""
    given = parameter_of(function, value)
    passed = surface.resolver.arguments(*given, each=True) if given is not None else []
    for scope, part in [(function, value), *passed]:
        for target in surface.resolver.resolve(scope, part):
            if target.kind == "instance" and target.function is not None:
                yield target.function
