"""What a value refers to: a function, a class, an instance, a module, or something outside the program by its name.

Points-to without contexts, on demand. External things are named by how they were reached: `httpx.AsyncClient()` is
what that call returns, `httpx.AsyncClient().get` its method. More than `MAX_TARGETS` targets count as none: unresolved.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from analyzers.facts import Value
from analyzers.frameworks.mcp import is_generated, server_framework
from analyzers.project.program import File, Function, Program

MAX_TARGETS = 48
MAX_DEPTH = 60

TRANSPARENT_CALLS = frozenset(
    {
        *("typing.cast", "copy.copy", "copy.deepcopy", "functools.partial", "asyncio.shield", "asyncio.wait_for"),
        *("asyncio.create_task", "asyncio.ensure_future", "contextlib.nullcontext", "functools.wraps"),
        *("asyncio.run", "anyio.run", "builtins.next", "builtins.iter", "builtins.list", "builtins.tuple"),
        *("contextlib.AsyncExitStack().enter_async_context", "contextlib.ExitStack().enter_context"),
        *("builtins.staticmethod", "builtins.classmethod", "functools.lru_cache()", "functools.cache"),
        *("inspect.unwrap", "builtins.set", "builtins.sorted", "builtins.reversed", "builtins.enumerate"),
    }
)


class Target(NamedTuple):
    """One thing a value may be.

    `kind`: `external` (name), `function`, `class`, `instance`, `bound` (a method with its class), `module` (file),
    `text` (a string constant), `display` (a list, tuple, set or map, as function and value), `parameter`
    (an unresolved one: function and index).
    """

    kind: str
    name: str = ""
    function: Function | None = None
    owner: Function | None = None
    file: File | None = None
    value: int = -1


class Resolver:
    """Answers what values refer to; answers are kept."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._known: dict[tuple[str, int], tuple[Target, ...]] = {}
        self._active: set[tuple[str, int]] = set()
        self._linearized: dict[str, tuple[tuple[Function, ...], tuple[str, ...]]] = {}
        self._arguments: dict[tuple[str, int], list[tuple[Function, int]]] = {}
        self._indirect: dict[str, list[tuple[Function, int, bool]]] | None = None
        self._heirs: dict[str, list[str]] | None = None
        self._stores: dict[str, dict[str, list[tuple[Function, int]]]] = {}

    def resolve(self, function: Function, value: int) -> tuple[Target, ...]:
        """Return what a value may be; empty when that is not known."""
        key = (function.id, value)
        known = self._known.get(key)
        if known is not None:
            return known
        if value < 0 or key in self._active or len(self._active) > MAX_DEPTH:
            return ()
        self._active.add(key)
        node = function.facts.values[value]
        resolve = _RESOLVERS.get(node.op)
        found = tuple(dict.fromkeys(resolve(self, function, value, node))) if resolve else ()
        if len(found) > MAX_TARGETS:
            found = ()
        self._active.discard(key)
        if not self._active or found:
            self._known[key] = found
        return found

    def external(self, function: Function, value: int) -> str:
        """Return the dotted name when the value is one external thing and nothing else, else ""."""
        targets = self.resolve(function, value)
        return targets[0].name if len(targets) == 1 and targets[0].kind == "external" else ""

    def externals(self, function: Function, value: int) -> tuple[str, ...]:
        """Return the dotted names of everything external that the value may be."""
        return tuple(target.name for target in self.resolve(function, value) if target.kind == "external")

    def text(self, function: Function, value: int) -> str | None:
        """Return the string when the value is one string constant, else None."""
        if value < 0:
            return None
        node = function.facts.values[value]
        if node.op == "str":
            return node.text
        targets = self.resolve(function, value)
        return targets[0].name if len(targets) == 1 and targets[0].kind == "text" else None

    def functions(self, function: Function, value: int) -> list[tuple[Function, Function | None]]:
        """Return the program's functions that calling the value runs, each with the class of its receiver."""
        found: list[tuple[Function, Function | None]] = []
        for target in self.resolve(function, value):
            if target.kind in ("function", "bound") and target.function is not None:
                found.append((target.function, target.owner))
            elif target.kind == "class" and target.function is not None:
                found.extend(self._method(target.function, "__init__"))
            elif target.kind == "instance" and target.function is not None:
                found.extend(self._method(target.function, "__call__"))
        return found

    def _method(self, cls: Function, name: str) -> list[tuple[Function, Function | None]]:
        method = self.method(cls, name)
        return [(method, cls)] if method is not None else []

    # Names

    def lookup(self, scope: Function, name: str) -> tuple[Target, ...]:
        """Return what a module's, function's or class's own name is bound to, through star imports."""
        found: list[Target] = []
        for value in scope.facts.names.get(name, ()):
            found.extend(self.resolve(scope, value))
        if not found and scope.facts.kind == "module":
            found.extend(self._starred(scope, name))
        return tuple(dict.fromkeys(found))

    def _starred(self, scope: Function, name: str) -> Iterator[Target]:
        for bound in scope.facts.names:
            if bound.startswith("*"):
                file = self.program.module(bound[1:], scope.file)
                if file is not None and file is not scope.file:
                    yield from self.lookup(file.module, name)

    def imported(self, module: str, name: str, importer: File) -> tuple[Target, ...]:
        """Return what `from module import name` (or `import module`, with no name) binds."""
        file = self.program.module(module, importer)
        if file is not None:
            if not name:
                return (Target("module", file=file),)
            return self.member(file, name)
        if name:
            inner = self.program.module(f"{module}{'' if module.endswith('.') else '.'}{name}", importer)
            if inner is not None:
                return (Target("module", file=inner),)
        return (Target("external", f"{module}.{name}" if name else module),)

    def member(self, file: File, name: str) -> tuple[Target, ...]:
        """Return a module's attribute: a name bound in it, or a module below it."""
        found = self.lookup(file.module, name)
        if found:
            return found
        inner = self.program.module(f".{name}", file) if file.is_package else None
        return (Target("module", file=inner),) if inner is not None else ()

    # Classes

    def linearize(self, cls: Function) -> tuple[tuple[Function, ...], tuple[str, ...]]:
        """Return a class with its bases, nearest first, and the names of its external bases."""
        known = self._linearized.get(cls.id)
        if known is not None:
            return known
        self._linearized[cls.id] = ((cls,), ())
        classes: list[Function] = [cls]
        externals: list[str] = []
        scope = cls.parent
        for keyword, base in cls.facts.bases:
            if keyword or scope is None:
                continue
            for target in self.resolve(scope, _generic(scope, base)):
                if target.kind == "class" and target.function is not None:
                    inner, outer = self.linearize(target.function)
                    classes.extend(inner)
                    externals.extend(outer)
                elif target.kind == "external":
                    externals.append(target.name)
        result = (tuple(dict.fromkeys(classes)), tuple(dict.fromkeys(externals)))
        self._linearized[cls.id] = result
        return result

    def method(self, cls: Function, name: str) -> Function | None:
        """Return the method that a class has under a name, through its bases."""
        for owner in self.linearize(cls)[0]:
            for target in self.lookup(owner, name):
                if target.kind == "function":
                    return target.function
        return None

    def attribute(self, cls: Function, name: str) -> list[tuple[Function, int]]:
        """Return the definitions of an instance's attribute as (function, value): class level, `self.name = ...`,
        and for fields without any, what constructor calls pass by that name."""
        found: list[tuple[Function, int]] = []
        for owner in self.linearize(cls)[0]:
            found.extend((owner, value) for value in owner.facts.names.get(name, ()))
            found.extend(self._stores_of(owner).get(name, ()))
            if found:
                return found
        return self._constructor_arguments(cls, name)

    def _stores_of(self, cls: Function) -> dict[str, list[tuple[Function, int]]]:
        known = self._stores.get(cls.id)
        if known is None:
            known = self._stores[cls.id] = {}
            for function in cls.file.functions:
                if function.facts.parent == cls.index and function.facts.parameters:
                    for event in function.facts.events:
                        if event.kind == "store" and event.target == 0:
                            known.setdefault(event.text, []).append((function, event.value))
        return known

    def _constructor_arguments(self, cls: Function, name: str) -> list[tuple[Function, int]]:
        found = []
        for function, call in self.program.call_sites(cls.facts.name):
            node = function.facts.values[call]
            if name in node.names and any(
                target.function is cls for target in self.resolve(function, node.args[0]) if target.kind == "class"
            ):
                found.append((function, node.args[node.names.index(name) + 1]))
        return found

    # Parameters

    def _makers(self, cls: Function) -> list[str]:
        """Return the names of a class and of those that inherit its constructor."""
        if self._heirs is None:
            self._heirs = {}
            for heir in self.program.functions():
                for owner in self.linearize(heir)[0] if heir.facts.kind == "class" else ():
                    self._heirs.setdefault(owner.id, []).append(heir.facts.name)
        return list(dict.fromkeys(self._heirs.get(cls.id, [cls.facts.name])))

    def arguments(self, callee: Function, index: int) -> list[tuple[Function, int]]:
        """Return what the program's calls pass for a parameter, as (function, value)."""
        known = self._arguments.get((callee.id, index))
        if known is not None:
            return known
        self._arguments[callee.id, index] = []
        found = self._direct_arguments(callee, index) or self._indirect_arguments(callee, index)
        self._arguments[callee.id, index] = found[:MAX_TARGETS]
        return self._arguments[callee.id, index]

    def _indirect_arguments(self, callee: Function, index: int) -> list[tuple[Function, int]]:
        if self._indirect is None:
            self._indirect = {}
            for caller, call in self.program.indirect_calls():
                for function, receiver in self.functions(caller, caller.facts.values[call].args[0]):
                    self._indirect.setdefault(function.id, []).append((caller, call, receiver is not None))
        name = callee.facts.parameters[index].name
        found = [
            (caller, argument_of(caller.facts.values[call], name, index - (1 if receiver else 0)))
            for caller, call, receiver in self._indirect.get(callee.id, ())
        ]
        return [(caller, argument) for caller, argument in found if argument >= 0]

    def _direct_arguments(self, callee: Function, index: int) -> list[tuple[Function, int]]:
        name = callee.facts.parameters[index].name
        owner = callee.owner
        called = self._makers(owner) if owner is not None and callee.facts.name == "__init__" else [callee.facts.name]
        found: list[tuple[Function, int]] = []
        for caller, call in [site for constructor in called for site in self.program.call_sites(constructor)]:
            node = caller.facts.values[call]
            for function, receiver in self.functions(caller, node.args[0]):
                if function is callee:
                    argument = argument_of(node, name, index - (1 if receiver is not None else 0))
                    if argument >= 0:
                        found.append((caller, argument))
        return found


def _generic(function: Function, value: int) -> int:
    """Return the class of a subscripted one, `Server[Context]`, else the value itself."""
    node = function.facts.values[value]
    while node.op == "index":
        value = node.args[0]
        node = function.facts.values[value]
    return value


def argument_of(call: Value, name: str, position: int) -> int:
    """Return the value a call passes for a parameter, by keyword or position, -1 when it passes none."""
    for index, keyword in enumerate(call.names):
        if keyword == name:
            return call.args[index + 1]
    if 0 <= position < len(call.names) and not any(call.names[: position + 1]):
        return call.args[position + 1]
    return -1


def parameter_of(function: Function, value: int) -> tuple[Function, int] | None:
    """Return the function and index of the parameter that a value is, through closures, else None."""
    node = function.facts.values[value]
    if node.op == "param":
        return (function, value) if value < len(function.facts.parameters) else None
    if node.op != "free":
        return None
    scope = function.parent
    while scope is not None:
        bound = scope.facts.names.get(node.text)
        if bound and scope.facts.kind != "class":
            inner = scope.facts.values[bound[0]]
            return (scope, bound[0]) if inner.op == "param" and bound[0] < len(scope.facts.parameters) else None
        scope = scope.parent
    return None


Found = Iterable[Target]


def _name(resolver: Resolver, function: Function, value: int, node: Value) -> Found:
    found = resolver.lookup(function.file.module, node.text)
    return found or (Target("external", f"builtins.{node.text}"),)


def _free(resolver: Resolver, function: Function, value: int, node: Value) -> Found:
    scope = function.parent
    while scope is not None:
        if scope.facts.kind != "class" and node.text in scope.facts.names:
            return resolver.lookup(scope, node.text)
        scope = scope.parent
    return ()


def _import(resolver: Resolver, function: Function, value: int, node: Value) -> Found:
    module, _, name = node.text.partition("|")
    return resolver.imported(module, name, function.file)


def _definition(resolver: Resolver, function: Function, value: int, node: Value) -> Found:
    return (Target(node.op, function=function.file.functions[int(node.text)]),)


def _text(resolver: Resolver, function: Function, value: int, node: Value) -> Found:
    return (Target("text", node.text),)


def _display(resolver: Resolver, function: Function, value: int, node: Value) -> Found:
    return (Target("display", node.op, function, None, None, value),)


def _union(resolver: Resolver, function: Function, value: int, node: Value) -> Found:
    for argument in node.args:
        yield from resolver.resolve(function, argument)


def _select(resolver: Resolver, function: Function, value: int, node: Value) -> Found:
    for argument in node.args[1:]:
        yield from resolver.resolve(function, argument)


def _enter(resolver: Resolver, function: Function, value: int, node: Value) -> Found:
    for target in resolver.resolve(function, node.args[0]):
        yield target


def _attr(resolver: Resolver, function: Function, value: int, node: Value) -> Found:
    for target in resolver.resolve(function, node.args[0]):
        if target.kind == "external":
            yield Target("external", f"{target.name}.{node.text}")
        elif target.kind == "module" and target.file is not None:
            yield from resolver.member(target.file, node.text)
        elif target.kind in ("class", "instance") and target.function is not None:
            yield from _member(resolver, target, node.text)
        elif target.kind in ("function", "bound") and node.text in ("fn", "__wrapped__", "func"):
            yield target
        elif target.kind == "display":
            yield Target("external", f"builtins.{target.name}().{node.text}")
        elif target.kind == "text":
            yield Target("external", f"builtins.str().{node.text}")


def _member(resolver: Resolver, target: Target, name: str) -> Found:
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
        if target.kind == "instance" or _decorated(method, "classmethod"):
            static = _decorated(method, "staticmethod")
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


def _decorated(function: Function, name: str) -> bool:
    parent = function.parent
    return parent is not None and any(
        parent.facts.values[decorator].op == "name" and parent.facts.values[decorator].text == name
        for decorator in function.facts.decorators
    )


def _is_property(function: Function) -> bool:
    parent = function.parent
    return parent is not None and any(
        parent.facts.values[decorator].text in ("property", "cached_property") for decorator in function.facts.decorators
    )


def _call(resolver: Resolver, function: Function, value: int, node: Value) -> Found:
    for target in _callees(resolver, function, node):
        if target.kind == "external":
            yield from _external_call(resolver, function, value, node, target.name)
        elif target.kind == "class" and target.function is not None:
            yield _constructed(resolver, function, value, target.function)
        elif target.kind in ("function", "bound") and target.function is not None:
            yield from returned(resolver, target.function)
        elif target.kind == "instance" and target.function is not None:
            method = resolver.method(target.function, "__call__")
            if method is not None:
                yield from returned(resolver, method)


def _callees(resolver: Resolver, function: Function, node: Value) -> Iterator[Target]:
    """Yield what is called; a subscripted class, `Server[Context](...)`, is that class."""
    plain = _generic(function, node.args[0])
    if plain != node.args[0]:
        classes = [target for target in resolver.resolve(function, plain) if _is_class(target)]
        if classes:
            yield from classes
            return
    yield from resolver.resolve(function, node.args[0])


def _is_class(target: Target) -> bool:
    last = target.name.rpartition(".")[2]
    return target.kind == "class" or (target.kind == "external" and last[:1].isupper() and not last.endswith(")"))


def _constructed(resolver: Resolver, function: Function, value: int, cls: Function) -> Target:
    """An instance; one of a class of servers remembers where it was made."""
    if any(server_framework(base) for base in resolver.linearize(cls)[1]):
        return Target("instance", "", cls, function, None, value)
    return Target("instance", function=cls)


def _external_call(resolver: Resolver, function: Function, value: int, node: Value, name: str) -> Found:
    """What an external call returns; a server remembers where it was made."""
    if server_framework(name) or is_generated(name):
        yield Target("external", f"{name}()", function, None, None, value)
    elif name in TRANSPARENT_CALLS and len(node.args) > 1:
        position = 2 if name == "typing.cast" and len(node.args) > 2 else 1
        yield from resolver.resolve(function, node.args[position])
    elif name == "builtins.getattr" and len(node.args) > 2:
        attribute = resolver.text(function, node.args[2])
        for target in resolver.resolve(function, node.args[1]):
            if attribute is not None and target.kind in ("class", "instance"):
                yield from _member(resolver, target, attribute)
            elif attribute is not None and target.kind == "external":
                yield Target("external", f"{target.name}.{attribute}")
    elif name.startswith("builtins.map().get") and resolver.resolve(function, node.args[0]):
        yield from _looked_up(resolver, function, node)
    else:
        yield Target("external", f"{name}()")


def _looked_up(resolver: Resolver, function: Function, node: Value) -> Found:
    """`TABLE.get(key)`: the entry of a constant key, or any entry."""
    callee = function.facts.values[node.args[0]]
    if callee.op == "attr":
        key = node.args[1] if len(node.args) > 1 else -1
        yield from _entries(resolver, function, callee.args[0], key)


def _entries(resolver: Resolver, function: Function, table: int, key: int) -> Found:
    wanted = resolver.text(function, key)
    for target in resolver.resolve(function, table):
        if target.kind == "external":
            yield Target("external", f"{target.name}[]")
        if target.kind != "display" or target.function is None:
            continue
        node = target.function.facts.values[target.value]
        if node.op != "map":
            for item in node.args:
                yield from resolver.resolve(target.function, item)
            continue
        for position in range(0, len(node.args), 2):
            name = resolver.text(target.function, node.args[position])
            if wanted is None or name == wanted:
                yield from resolver.resolve(target.function, node.args[position + 1])


def returned(resolver: Resolver, function: Function) -> Iterator[Target]:
    """Yield what calling (or entering) a function of the program gives."""
    kind = "yield" if function.facts.is_generator else "return"
    for event in function.facts.events:
        if event.kind == kind and event.value >= 0:
            yield from resolver.resolve(function, event.value)


def _index(resolver: Resolver, function: Function, value: int, node: Value) -> Found:
    return _entries(resolver, function, node.args[0], node.args[1])


def _element(resolver: Resolver, function: Function, value: int, node: Value) -> Found:
    source = function.facts.values[node.args[0]]
    if source.op == "call":
        callee = function.facts.values[source.args[0]]
        if callee.op == "attr" and callee.text in ("values", "items", "keys"):
            for target in resolver.resolve(function, callee.args[0]):
                if target.kind == "display" and callee.text == "values" and target.function is not None:
                    entries = target.function.facts.values[target.value].args[1::2]
                    for entry in entries:
                        yield from resolver.resolve(target.function, entry)
            return
    yield from _entries(resolver, function, node.args[0], -1)


def _item(resolver: Resolver, function: Function, value: int, node: Value) -> Found:
    """A component of an unpacked value: of a display, or of the pairs of `TABLE.items()`."""
    position = int(node.text)
    source = function.facts.values[node.args[0]]
    if source.op == "element":
        iterated = function.facts.values[source.args[0]]
        if iterated.op == "call":
            callee = function.facts.values[iterated.args[0]]
            if callee.op == "attr" and callee.text == "items":
                for target in resolver.resolve(function, callee.args[0]):
                    if target.kind == "display" and target.function is not None:
                        for entry in target.function.facts.values[target.value].args[position::2]:
                            yield from resolver.resolve(target.function, entry)
                return
    for target in resolver.resolve(function, node.args[0]):
        if target.kind == "display" and target.function is not None:
            items = target.function.facts.values[target.value].args
            if position < len(items):
                yield from resolver.resolve(target.function, items[position])
        elif target.kind == "external":
            yield Target("external", f"{target.name}[]")


def _param(resolver: Resolver, function: Function, value: int, node: Value) -> Found:
    parameters = function.facts.parameters
    if value >= len(parameters):
        return
    owner = function.owner
    if value == 0 and owner is not None and not _decorated(function, "staticmethod"):
        yield Target("class" if _decorated(function, "classmethod") else "instance", function=owner)
        return
    parameter = parameters[value]
    scope = function.parent
    found = False
    if scope is not None and parameter.annotation >= 0:
        for target in annotated(resolver, scope, parameter.annotation):
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


def _injected(resolver: Resolver, scope: Function, default: int) -> Found:
    """`Depends(provider)` as a default: what the provider returns."""
    node = scope.facts.values[default]
    if node.op == "call" and resolver.external(scope, node.args[0]).endswith(".Depends") and len(node.args) > 1:
        for provider, _ in resolver.functions(scope, node.args[1]):
            yield from returned(resolver, provider)


def annotated(resolver: Resolver, scope: Function, annotation: int) -> Iterator[Target]:
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
        if outer.text.rpartition("|")[2] in ("Optional", "Annotated", "Union", "Final", "ClassVar"):
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
        elif target.kind == "external" and not target.name.startswith(("builtins.", "typing.")):
            yield Target("external", f"{target.name}()")


def _quoted(resolver: Resolver, scope: Function, text: str) -> Iterator[Target]:
    first, _, rest = text.partition(".")
    if not first.isidentifier():
        return
    for target in resolver.lookup(scope.file.module, first):
        if target.kind == "class" and not rest:
            yield Target("instance", function=target.function)
        elif target.kind == "external":
            yield Target("external", f"{target.name}.{rest}()" if rest else f"{target.name}()")


_RESOLVERS = {
    "name": _name,
    "free": _free,
    "import": _import,
    "function": _definition,
    "class": _definition,
    "str": _text,
    "list": _display,
    "tuple": _display,
    "set": _display,
    "map": _display,
    "phi": _union,
    "and": _union,
    "or": _union,
    "default": _union,
    "await": _union,
    "spread": _union,
    "select": _select,
    "enter": _enter,
    "attr": _attr,
    "call": _call,
    "index": _index,
    "element": _element,
    "item": _item,
    "param": _param,
}
