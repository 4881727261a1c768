"""What parameters are: their class, their annotation, a dependency, or what calls pass."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from analyzers.project.program import Function
from analyzers.project.targets import Found, Site, Target, generic, is_decorated

if TYPE_CHECKING:
    from analyzers.project.resolve import Resolver

# Modules whose types say little of what a value does: a `Callable` is whatever calls pass.
SAYING_LITTLE = ("builtins.", "typing.", "typing_extensions.", "collections.abc.")
# Types that say what another one is for.
WRAPPERS = ("Optional", "Annotated", "Union", "Final", "ClassVar")
# What a default calls to be given what a function returns.
INJECTING = (".Depends", ".Security")
# Bases of classes that promise what others do.
ABSTRACT = ("typing.Protocol", "typing_extensions.Protocol", "abc.ABC")


def of_parameter(resolver: "Resolver", site: Site) -> Found:
    """Resolve a parameter: its class, its annotation, a dependency, or what calls pass."""
    function, value, _ = site
    parameters = function.facts.parameters
    if value >= len(parameters):
        return
    owner = function.owner
    if value == 0 and owner is not None and not is_decorated(function, "staticmethod"):
        yield Target("class" if is_decorated(function, "classmethod") else "instance", function=owner)
        return
    parameter = parameters[value]
    scope = function.parent
    found = False
    if scope is not None and parameter.annotation >= 0:
        promised = list(annotated(resolver, scope, parameter.annotation))
        for target in _made(resolver, site, promised) or promised:
            found = True
            yield target
    if scope is not None and parameter.default >= 0:
        for target in _injected(resolver, scope, parameter.default):
            found = True
            yield target
    if found:
        return
    for caller, argument in resolver.arguments(function, value):
        yield from resolver.resolve(caller, argument)


def _made(resolver: "Resolver", site: Site, promised: Sequence[Target]) -> list[Target]:
    """Return what calls pass where a class is promised that does nothing itself: a protocol, an abstract one."""
    function, value, _ = site
    if not any(target.function is not None and _is_abstract(resolver, target.function) for target in promised):
        return []
    passed = (resolver.resolve(caller, argument) for caller, argument in resolver.arguments(function, value))
    made = [target for targets in passed for target in targets if target.kind == "instance"]
    return [target for target in made if target.function is None or not _is_abstract(resolver, target.function)]


def _is_abstract(resolver: "Resolver", cls: Function) -> bool:
    """Tell whether a class says itself that others do what it promises."""
    scope = cls.parent
    bases = [(keyword, resolver.external(scope, generic(scope, base))) for keyword, base in cls.facts.bases if scope]
    return any(name in ABSTRACT or (keyword == "metaclass" and name == "abc.ABCMeta") for keyword, name in bases)


def _injected(resolver: "Resolver", scope: Function, default: int) -> Found:
    """`Depends(provider)`, or `Security(provider)`, as a default: what the provider returns."""
    node = scope.facts.values[default]
    if node.op == "call" and len(node.args) > 1 and resolver.external(scope, node.args[0]).endswith(INJECTING):
        for provider, _ in resolver.functions(scope, node.args[1]):
            yield from returned(resolver, provider)


def annotated(resolver: "Resolver", scope: Function, annotation: int) -> Iterator[Target]:
    """Yield the instances that an annotation promises: `X`, `"X"`, `X | None`, `Optional[X]`, `Annotated[X, ...]`."""
    node = scope.facts.values[annotation]
    if node.op == "binary" and node.text == "|":
        for part in node.args:
            yield from annotated(resolver, scope, part)
        return
    if node.op == "str":
        yield from _quoted(resolver, scope, node.text)
        return
    if node.op == "index":
        outer = scope.facts.values[node.args[0]]
        if outer.text.rpartition("|")[2] in WRAPPERS:
            inner = scope.facts.values[node.args[1]]
            parts = inner.args if inner.op == "tuple" else (node.args[1],)
            for part in parts if outer.text.endswith("Union") else parts[:1]:
                yield from annotated(resolver, scope, part)
            return
        yield from annotated(resolver, scope, node.args[0])
        return
    for target in resolver.resolve(scope, annotation):
        if target.kind == "class":
            yield Target("instance", function=target.function)
        elif target.kind == "external" and not target.name.startswith(SAYING_LITTLE):
            yield Target("external", f"{target.name}()")


def _quoted(resolver: "Resolver", scope: Function, text: str) -> Iterator[Target]:
    first, _, rest = text.partition(".")
    if not first.isidentifier():
        return
    for target in resolver.lookup(scope.file.module, first):
        if target.kind == "class" and not rest:
            yield Target("instance", function=target.function)
        elif target.kind == "external":
            yield Target("external", f"{target.name}.{rest}()" if rest else f"{target.name}()")


def returned(resolver: "Resolver", function: Function) -> Iterator[Target]:
    """Yield what calling (or entering) a function of the program gives.

    It is what it promises where what it returns leads nowhere, or out of the program: the entry of a framework's state.
    """
    kind = "yield" if function.facts.is_generator else "return"
    found = [
        target
        for event in function.facts.events
        if event.kind == kind and event.value >= 0
        for target in resolver.resolve(function, event.value)
    ]
    if kind == "return" and all(target.kind == "external" for target in found):
        promised = _promised(resolver, function)
        found = promised if not found or any(target.kind == "instance" for target in promised) else found
    elif kind == "return" and len(found) > 1:
        found = _kept_promise(resolver, function, found)
    yield from found


def _kept_promise(resolver: "Resolver", function: Function, found: list[Target]) -> list[Target]:
    """Return of what a function may give back what its annotation lets it: one helper may make what several promise."""
    promised = {target.function.id for target in _promised(resolver, function) if target.function is not None}
    kept = [
        target
        for target in found
        if target.kind != "instance"
        or target.function is None
        or not promised.isdisjoint(cls.id for cls in resolver.linearize(target.function)[0])
    ]
    return kept if any(target.kind == "instance" for target in kept) else found


def _promised(resolver: "Resolver", function: Function) -> list[Target]:
    scope = function.parent
    return list(annotated(resolver, scope, function.facts.returns)) if scope and function.facts.returns >= 0 else []
