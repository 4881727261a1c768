"""What attributes of classes, instances, modules and external things refer to."""

from typing import TYPE_CHECKING

from analyzers.project.annotations import annotated
from analyzers.project.program import Function
from analyzers.project.targets import Found, Site, Target, is_decorated

if TYPE_CHECKING:
    from analyzers.project.resolve import Resolver


def of_attribute(resolver: "Resolver", site: Site) -> Found:
    """Resolve an attribute of whatever the base is."""
    function, _, node = site
    for target in resolver.resolve(function, node.args[0]):
        if target.kind == "external":
            yield Target("external", f"{target.name}.{node.text}")
        elif target.kind == "module" and target.file is not None:
            yield from resolver.member(target.file, node.text)
        elif target.kind in ("class", "instance") and target.function is not None:
            yield from member(resolver, target, node.text)
        elif target.kind in ("function", "bound") and node.text in ("fn", "__wrapped__", "func"):
            yield target
        elif target.kind == "display":
            yield Target("external", f"builtins.{target.name}().{node.text}")
        elif target.kind == "text":
            yield Target("external", f"builtins.str().{node.text}")


def member(resolver: "Resolver", target: Target, name: str) -> Found:
    """Yield what an attribute of a class or an instance is."""
    cls = target.function
    if cls is None:
        return
    method = resolver.method(cls, name)
    if method is not None:
        if _is_property(method):
            for event in method.facts.events:
                if event.kind == "return":
                    yield from resolver.resolve(method, event.value)
            return
        if target.kind == "instance" or is_decorated(method, "classmethod"):
            static = is_decorated(method, "staticmethod")
            yield Target("function" if static else "bound", function=method, owner=None if static else cls)
        else:
            yield Target("function", function=method)
        return
    found = False
    for scope, value in resolver.attribute(cls, name):
        for inner in resolver.resolve(scope, value):
            found = True
            yield inner
    if found:
        return
    for owner in resolver.linearize(cls)[0]:
        for scope, annotation in _annotations(owner, name):
            yield from annotated(resolver, scope, annotation)
            return
    for base in resolver.linearize(cls)[1]:
        yield Target("external", f"{base}().{name}")


def _annotations(cls: Function, name: str) -> list[tuple[Function, int]]:
    """Return the annotations of an attribute, at class level and on `self.name` in methods."""
    own = [(cls, value) for value in cls.facts.names.get(f": {name}", ())]
    return own + [
        (method, value)
        for method in cls.file.functions
        if method.facts.parent == cls.index
        for value in method.facts.names.get(f": .{name}", ())
    ]


def _is_property(function: Function) -> bool:
    parent = function.parent
    return parent is not None and any(
        parent.facts.values[decorator].text in ("property", "cached_property")
        for decorator in function.facts.decorators
    )
