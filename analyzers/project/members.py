"""What attributes of classes, instances, modules and external things refer to."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from analyzers.facts import Value
from analyzers.frameworks.mcp import is_made_tool
from analyzers.frameworks.threads import TASK_STARTERS
from analyzers.project.annotations import annotated
from analyzers.project.given_attributes import holder_of, state_of
from analyzers.project.hierarchy import is_promise, is_protocol
from analyzers.project.lifespans import CONTEXT
from analyzers.project.program import Function
from analyzers.project.targets import Found, Reference, Site, Target, argument_of, is_decorated

if TYPE_CHECKING:
    from analyzers.project.resolve import Resolver

# The parameter of `__getattr__` that is the name.
ASKED_NAME = 1
NOTHING = Value("none")
# Where a tool keeps the function that it was made of.
TOOL_FUNCTION = "fn"
FIELDS = ("field", "Field", "attrib", "ib", "PrivateAttr")


def of_attribute(resolver: "Resolver", site: Site) -> Found:
    """Resolve an attribute of whatever the base is."""
    kept = list(resolver.lifespans.of(site.function)) if site.node.text == CONTEXT else []
    return kept or list(_of_bases(resolver, site)) or _of_state(resolver, site)


def _of_bases(resolver: "Resolver", site: Site) -> Found:
    function, _, node = site
    for target in resolver.resolve(function, node.args[0]):
        if target.kind == "external" and not holder_of(target.name):
            given = list(_given(resolver, resolver.given.of_application(target.name, node.text)))
            yield from given or _of_external(resolver, target, node.text)
        elif target.kind == "module" and target.file is not None:
            yield from resolver.member(target.file, node.text)
        elif target.kind in ("class", "instance") and target.function is not None:
            yield from member(resolver, target, node.text)
        elif target.kind in ("function", "bound") and _runs(target, node.text):
            yield target
        elif target.kind in ("external", "function"):
            yield from _given(resolver, resolver.given.of_target(target, function, node))
        elif target.kind == "display":
            yield Target("external", f"builtins.{target.name}().{node.text}")
        elif target.kind == "text" and node.text == "value":
            yield target  # a member of an enumeration
        elif target.kind == "text":
            yield Target("external", f"builtins.str().{node.text}")


def _of_external(resolver: "Resolver", target: Target, name: str) -> Found:
    made = made_of(target) if name == TOOL_FUNCTION else None
    if made is not None:
        return resolver.resolve(made.function, made.value)
    return (Target("external", f"{target.name}.{name}"),)


def made_of(target: Target) -> Reference | None:
    """Return the function that a tool was made of, `Tool.from_function(f)`, None for anything else."""
    if target.function is None or not is_made_tool(target.name.removesuffix("()")):
        return None
    given = argument_of(target.function.facts.values[target.value], TOOL_FUNCTION, 0)
    return Reference(target.function, given) if given >= 0 else None


def _of_state(resolver: "Resolver", site: Site) -> Found:
    """Resolve what is kept in the state of an application or a request of which nothing is known."""
    function, _, node = site
    holder = state_of(function, node.args[0])
    return _given(resolver, resolver.given.of_holder(holder, node.text, "")) if holder else ()


def _given(resolver: "Resolver", places: Iterable[tuple[Function, int]]) -> Found:
    for function, value in places:
        yield from resolver.resolve(function, value)


def _runs(target: Target, name: str) -> bool:
    """Tell whether an attribute of a function is what it runs, or starts it elsewhere as a task of a queue."""
    is_task = name in TASK_STARTERS and target.function is not None and bool(target.function.facts.decorators)
    return is_task or name in ("fn", "__wrapped__", "func")


def member(resolver: "Resolver", target: Target, name: str) -> Found:
    """Yield what an attribute of a class or an instance is."""
    cls = target.function
    if cls is None:
        return ()
    method = resolver.method(cls, name)
    if method is not None and not (target.kind == "instance" and is_promise(method)):
        return _method(resolver, target, cls, method)
    found = list(_stored(resolver, cls, name)) if method is None else []
    found = found or list(_below(resolver, target, cls, name))
    if not found and method is not None and method.owner is not None and is_protocol(method.owner):
        return _method(resolver, target, cls, method)
    return found or list(_declared(resolver, cls, name)) or _forwarded(resolver, cls, name)


def _forwarded(resolver: "Resolver", cls: Function, name: str) -> Found:
    """Return what a class has of another object: `def __getattr__(self, name): return getattr(self.client, name)`.

    One that may wrap its own kind has nothing more of that.
    """
    method, asked = resolver.method(cls, "__getattr__"), (cls.id, name)
    if method is None or asked in resolver.forwarding:
        return ()
    resolver.forwarding.add(asked)
    try:
        return list(_asked_of_others(resolver, method, name))
    finally:
        resolver.forwarding.discard(asked)


def _asked_of_others(resolver: "Resolver", method: Function, name: str) -> Found:
    for event in method.facts.events:
        node = method.facts.values[event.value] if event.kind == "return" and event.value >= 0 else NOTHING
        is_named = node.op == "call" and len(node.args) > 2 and node.args[2] == ASKED_NAME
        if is_named and resolver.external(method, node.args[0]) == "builtins.getattr":
            yield from of_attribute(resolver, Site(method, -1, attribute(node.args[1], name)))


def attribute(base: int, name: str) -> Value:
    """Return an attribute of a value as it would stand in the code."""
    return Value("attr", name, (base,))


def _below(resolver: "Resolver", target: Target, cls: Function, name: str) -> Found:
    """Yield what classes below give a name that a class only speaks of: what it promises, or leaves to them."""
    for inner in resolver.hierarchy.below(cls) if target.kind == "instance" else ():
        method = resolver.method(inner, name)
        if method is None:
            yield from _stored(resolver, inner, name)
        elif not is_promise(method):
            yield from _method(resolver, target, inner, method)


def _method(resolver: "Resolver", target: Target, cls: Function, method: Function) -> Found:
    if _is_property(method):
        for event in method.facts.events:
            if event.kind == "return":
                yield from resolver.resolve(method, event.value)
    elif target.kind == "instance" or is_decorated(method, "classmethod"):
        static = is_decorated(method, "staticmethod")
        yield Target("function" if static else "bound", function=method, owner=None if static else cls)
    else:
        yield Target("function", function=method)


def _stored(resolver: "Resolver", cls: Function, name: str) -> Found:
    for scope, value in resolver.attribute(cls, name):
        declared = list(_declared(resolver, cls, name)) if _is_field(scope, value) else ()
        yield from declared or resolver.resolve(scope, value)


def _is_field(scope: Function, value: int) -> bool:
    """Tell whether a class only describes its attribute, `client: Client = field(default_factory=Client)`."""
    node = scope.facts.values[value]
    callee = scope.facts.values[node.args[0]] if scope.facts.kind == "class" and node.op == "call" else node
    return node.op == "call" and callee.text.rpartition("|")[2] in FIELDS


def _declared(resolver: "Resolver", cls: Function, name: str) -> Found:
    """Yield what an attribute without a value is by its annotation, else as a member of the external bases."""
    owners, externals = resolver.linearize(cls)
    for owner in owners:
        for scope, annotation in annotations_of(owner, name):
            return annotated(resolver, scope, annotation)
    return [Target("external", f"{base}().{name}") for base in externals]


def annotations_of(cls: Function, name: str) -> list[tuple[Function, int]]:
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
