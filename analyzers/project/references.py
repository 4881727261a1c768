"""What names, imports, definitions and constants refer to."""

from typing import TYPE_CHECKING

from analyzers.frameworks.paths import PATH, canonical
from analyzers.project.items import TABLES
from analyzers.project.program import Function
from analyzers.project.targets import Found, Site, Target

ENTERING = ("__enter__", "__aenter__")

if TYPE_CHECKING:
    from analyzers.project.resolve import Resolver


def of_name(resolver: "Resolver", site: Site) -> Found:
    """Resolve a name of the module, or a builtin."""
    function, _, node = site
    module = function.file.module
    found = resolver.lookup(module, node.text)
    bound = node.text in module.facts.names or node.text in resolver.global_stores(module)
    return found if found or bound else (Target("external", f"builtins.{node.text}"),)


def of_free(resolver: "Resolver", site: Site) -> Found:
    """Resolve a name of an enclosing function."""
    function, _, node = site
    scope = function.parent
    while scope is not None:
        if scope.facts.kind != "class" and node.text in scope.facts.names:
            return resolver.lookup(scope, node.text)
        scope = scope.parent
    return ()


def of_import(resolver: "Resolver", site: Site) -> Found:
    """Resolve what an import binds."""
    function, _, node = site
    module, _, name = node.text.partition("|")
    return resolver.imported(module, name, function.file)


def of_definition(site: Site) -> Found:
    """Resolve a function or class."""
    function, _, node = site
    return (Target(node.op, function=function.file.functions[int(node.text)]),)


def of_text(site: Site) -> Found:
    """Resolve a string constant."""
    return (Target("text", site.node.text),)


def of_display(site: Site) -> Found:
    """Resolve a list, tuple, set or map to itself."""
    function, value, node = site
    return (Target("display", node.op, function, None, None, value),)


def of_comprehension(site: Site) -> Found:
    """Resolve a comprehension to itself."""
    function, value, node = site
    return (Target("comprehension", node.text, function, None, None, value),)


def of_binary(resolver: "Resolver", site: Site) -> Found:
    """Resolve `path / name`, which is a path, and `LIST + LIST` or `TABLE | TABLE`; nothing is known of the others."""
    function, value, node = site
    if node.text == "/":
        for target in resolver.resolve(function, node.args[0]):
            if target.kind == "external" and canonical(target.name + ".") == f"{PATH}.":
                yield Target("external", PATH)
    elif node.text in ("+", "|"):
        parts = [target for part in node.args for target in resolver.resolve(function, part)]
        if any(target.kind in TABLES for target in parts):
            yield Target("composed", function=function, value=value)


def of_template(resolver: "Resolver", site: Site) -> Found:
    """Resolve a text that is put together of constants, `f"{PREFIX}_list"`."""
    function, _, node = site
    parts = [resolver.text(function, part) for part in node.args]
    known = [part for part in parts if part is not None]
    if known and len(known) == len(parts):
        yield Target("text", "".join(known))


def of_operands(resolver: "Resolver", site: Site) -> Found:
    """Resolve a value that is one of its operands."""
    function, _, node = site
    for argument in node.args:
        yield from resolver.resolve(function, argument)


def of_select(resolver: "Resolver", site: Site) -> Found:
    """Resolve a conditional expression to either side."""
    function, _, node = site
    for argument in node.args[1:]:
        yield from resolver.resolve(function, argument)


def of_enter(resolver: "Resolver", site: Site) -> Found:
    """Resolve what a context manager gives: what a library makes that its own `__enter__` returns, else itself."""
    for target in resolver.resolve(site.function, site.node.args[0]):
        cls = target.function if target.kind == "instance" else None
        given = [made for made in _entered(resolver, cls) if made.kind == "external"] if cls is not None else ()
        yield from given or (target,)


def _entered(resolver: "Resolver", cls: Function) -> Found:
    methods = (resolver.method(cls, name) for name in ENTERING)
    method = next((found for found in methods if found is not None), None)
    for event in method.facts.events if method is not None else ():
        if method is not None and event.kind == "return":
            yield from resolver.resolve(method, event.value)


def of_exception(resolver: "Resolver", site: Site) -> Found:
    """Resolve an error that a handler caught: one of the program's own classes is an object of that."""
    function, _, node = site
    caught = (event for event in function.facts.events if event.kind == "swallow" and event.start == node.start)
    handler = next(caught, None)
    types = function.facts.values[handler.value] if handler is not None and handler.value >= 0 else None
    if handler is None or types is None:
        return
    for exception in types.args if types.op == "tuple" else (handler.value,):
        for target in resolver.resolve(function, exception):
            if target.kind == "class":
                yield Target("instance", function=target.function)
