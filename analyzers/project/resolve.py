"""What a value refers to: a function, a class, an instance, a module, or something outside the program by its name.

Points-to without contexts, on demand. External things are named by how they were reached: `httpx.AsyncClient()` is
what that call returns, `httpx.AsyncClient().get` its method. More than `MAX_TARGETS` targets count as none: unresolved.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator

from analyzers.frameworks.mcp import is_stood_in
from analyzers.policy import Policy
from analyzers.project import annotations, members, references, results, tables
from analyzers.project.arguments import Arguments, of_product
from analyzers.project.constructions import OwnCalls
from analyzers.project.given_attributes import GivenAttributes
from analyzers.project.hierarchy import Hierarchy
from analyzers.project.lifespans import Lifespans
from analyzers.project.named import Named
from analyzers.project.program import File, Function, Program
from analyzers.project.registries import Registries
from analyzers.project.replacements import Replacements
from analyzers.project.stated import SETTING, Stated
from analyzers.project.targets import MAX_TARGETS, Found, Site, Target, argument_of, generic, is_record

MAX_DEPTH = 60


class Resolver:
    """Answers what values refer to; answers are kept."""

    def __init__(self, program: Program, named: Named | None = None) -> None:
        self.program = program
        self.named = named or Named(program, Policy())
        self._known: defaultdict[str, dict[int, tuple[Target, ...]]] = defaultdict(dict)
        # Questions under way with their depth; the least depth that what is found now was cut short at.
        self._active: dict[tuple[str, int], int] = {}
        self._cut = MAX_DEPTH
        # Those of which nothing came so far, with the least depth that they were cut short at.
        self._partial: dict[tuple[str, int], int] = {}
        # Names under way that classes have of other objects, by the class.
        self.forwarding: set[tuple[str, str]] = set()
        self._run: defaultdict[str, dict[int, tuple[tuple[Function, Function | None], ...]]] = defaultdict(dict)
        self._linearized: dict[str, tuple[tuple[Function, ...], tuple[str, ...]]] = {}
        self._arguments = Arguments(self)
        self._own_calls = OwnCalls(program)
        self.given = GivenAttributes(self)
        self.registries = Registries(self)
        self.hierarchy = Hierarchy(self)
        self.lifespans = Lifespans(self)
        self._stated = Stated(self)
        self._stores: dict[str, dict[str, list[tuple[Function, int]]]] = {}
        self._replacements = Replacements(self)
        self._stars: dict[str, list[File]] = {}
        # What the events of dispatchers say of names, by function, name and the values that are it.
        self.outcomes: dict[tuple[str, str, tuple[int, ...]], bytearray] = {}
        self._global_stores: dict[str, dict[str, list[tuple[Function, int]]]] = {}

    @property
    def is_idle(self) -> bool:
        """Whether no question is under way."""
        return not self._active

    def trim(self) -> None:
        """Drop what values refer to, which can be found again."""
        self._known.clear()
        self._run.clear()
        self.outcomes.clear()

    def resolve(self, function: Function, value: int) -> tuple[Target, ...]:
        """Return what a value may be; empty when that is not known."""
        answers = self._known[function.id]
        known = answers.get(value)
        if known is not None:
            return known
        key, depth = (function.id, value), len(self._active)
        if value < 0:
            return ()
        if key in self._active or depth > MAX_DEPTH:
            self._cut = min(self._cut, self._active.get(key, -1))
            return ()
        if key in self._partial:
            self._cut = min(self._cut, self._partial[key])
            return ()
        outer, self._cut, kept = self._cut, MAX_DEPTH, len(self._partial)
        self._active[key] = depth
        found = tuple(dict.fromkeys(self._found(Site(function, value, function.facts.values[value]))))
        if len(found) > MAX_TARGETS:
            found = ()
        del self._active[key]
        # What comes of nothing only because it was asked within itself, or too deep, is asked again, once what
        # it was asked for is answered.
        if found or not depth or self._cut >= depth:
            answers[value] = found
            while len(self._partial) > kept:
                self._partial.popitem()
        elif self._cut >= 0:
            self._partial[key] = self._cut
        self._cut = min(outer, self._cut) if self._cut < depth else outer
        return found

    def _found(self, site: Site) -> Found:
        itself = _THEMSELVES.get(site.node.op)
        if itself is not None:
            return itself(site)
        resolve = _RESOLVERS.get(site.node.op)
        found = resolve(self, site) if resolve is not None else ()
        return self._stated.of(site, found) if site.node.op in SETTING else found

    def external(self, function: Function, value: int) -> str:
        """Return the dotted name when the value is one external thing and nothing else, else ""."""
        targets = self.resolve(function, value)
        return targets[0].name if len(targets) == 1 and targets[0].kind == "external" else ""

    def externals(self, function: Function, value: int) -> tuple[str, ...]:
        """Return the dotted names of everything external that the value may be."""
        targets = self.resolve(function, value)
        if len(targets) == 1:
            return (targets[0].name,) if targets[0].kind == "external" else ()
        return tuple(target.name for target in targets if target.kind == "external") if targets else ()

    def is_named(self, kind: str, function: Function, value: int) -> bool:
        """Tell whether a called value is one that the policy names as guard, identity, audit or sanitizer."""
        return self.named.has(kind) and self.named.includes(kind, self.resolve(function, value))

    def text(self, function: Function, value: int) -> str | None:
        """Return the string when the value is one string constant, else None."""
        if value < 0:
            return None
        node = function.facts.values[value]
        if node.op == "str":
            return node.text
        targets = self.resolve(function, value)
        return targets[0].name if len(targets) == 1 and targets[0].kind == "text" else None

    def functions(self, function: Function, value: int) -> tuple[tuple[Function, Function | None], ...]:
        """Return the program's functions that calling the value runs, each with the class of its receiver."""
        known = self._run[function.id]
        found = known.get(value)
        if found is None:
            found = tuple(self._functions(function, value))
            if not self._active:
                known[value] = found
        return found

    def _functions(self, function: Function, value: int) -> list[tuple[Function, Function | None]]:
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
        if scope.facts.kind == "module":
            stores = () if found else self.global_stores(scope).get(name, ())
            for function, value in (*stores, *self._replacements.of(scope.file, name)):
                found.extend(self.resolve(function, value))
            if not found:
                found.extend(self._starred(scope, name))
        return tuple(dict.fromkeys(found))

    def global_stores(self, module: Function) -> dict[str, list[tuple[Function, int]]]:
        """Return the assignments to names of a module from its functions, by name."""
        known = self._global_stores.get(module.id)
        if known is None:
            known = self._global_stores[module.id] = {}
            for function in module.file.functions:
                for event in function.facts.events:
                    if event.kind == "global":
                        known.setdefault(event.text, []).append((function, event.value))
        return known

    def _starred(self, scope: Function, name: str) -> Iterator[Target]:
        known = self._stars.get(scope.id)
        if known is None:
            imported = (bound[1:] for bound in scope.facts.names if bound.startswith("*"))
            files = (self.program.module(module, scope.file) for module in imported)
            known = self._stars[scope.id] = [file for file in files if file is not None and file is not scope.file]
        for file in known:
            yield from self.lookup(file.module, name)

    def imported(self, module: str, name: str, importer: File) -> tuple[Target, ...]:
        """Return what `from module import name` (or `import module`, with no name) binds."""
        file = self.program.module(module, importer)
        if file is not None:
            if not name:
                return (Target("module", file=file),)
            found = self.member(file, name)
            # A package of the program's own may stand in for the framework, under its name and with its class.
            is_own = is_stood_in(f"{module}.{name}") and any(target.kind == "class" for target in found)
            return (Target("external", f"{module}.{name}"),) if is_own else found
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
            for target in self.resolve(scope, generic(scope, base)):
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
        """Return the definitions of an instance's attribute as (function, value).

        They are those at class level and of `self.name = ...`, and what constructor calls pass, for fields or if none;
        where that is nothing, or `None` alone, what others set it to.
        """
        found = self._own_attribute(cls, name)
        is_open = all(function.facts.values[value].op == "none" for function, value in found)
        return [*found, *self.given.of_class(cls, name)] if is_open else found

    def _own_attribute(self, cls: Function, name: str) -> list[tuple[Function, int]]:
        found: list[tuple[Function, int]] = []
        for owner in self.linearize(cls)[0]:
            found.extend((owner, value) for value in owner.facts.names.get(name, ()))
            found.extend(self._stores_of(owner).get(name, ()))
            if found:
                is_field = f": {name}" in owner.facts.names
                return [*self.constructor_arguments(cls, name), *found] if is_field else found
        return self.constructor_arguments(cls, name)

    def attribute_places(self, function: Function, value: int) -> list[tuple[Function, int]]:
        """Return what an attribute of an object is set to, `client.session`, as (function, value)."""
        node = function.facts.values[value]
        found: list[tuple[Function, int]] = []
        for target in self.resolve(function, node.args[0]) if node.op == "attr" else ():
            if target.kind == "instance" and target.function is not None:
                found.extend(self.attribute(target.function, node.text))
            else:
                found.extend(self.given.of_target(target, function, node))
        return found

    def set_by_methods(self, cls: Function, name: str) -> list[tuple[Function, int]]:
        """Return what methods of a class set an attribute to, as (function, value)."""
        return [store for owner in self.linearize(cls)[0] for store in self._stores_of(owner).get(name, ())]

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

    def constructor_arguments(self, cls: Function, name: str) -> list[tuple[Function, int]]:
        """Return what the program's calls of a class pass for one of its fields."""
        position = -1
        if f": {name}" in cls.facts.names and is_record(cls):
            position = [bound for bound in cls.facts.names if bound.startswith(": ")].index(f": {name}")
        sites = [site for owner in self.linearize(cls)[0] for site in self._own_calls.of(owner)]
        for function, call in self.program.call_sites(cls.facts.name):
            callee = function.facts.values[call].args[0]
            if any(target.function is cls for target in self.resolve(function, callee) if target.kind == "class"):
                sites.append((function, call))
        found = [(function, argument_of(function.facts.values[call], name, position)) for function, call in sites]
        return [(function, given) for function, given in of_product(cls, found) if given >= 0]

    def arguments(self, callee: Function, index: int, *, each: bool = False) -> list[tuple[Function, int]]:
        """Return what the program's calls pass for a parameter, `each` of them where they are too many for a value."""
        return self._arguments.each(callee, index) if each else self._arguments.of(callee, index)


_THEMSELVES: dict[str, Callable[[Site], Found]] = {
    "function": references.of_definition,
    "class": references.of_definition,
    "str": references.of_text,
    "list": references.of_display,
    "tuple": references.of_display,
    "set": references.of_display,
    "map": references.of_display,
    "comprehension": references.of_comprehension,
}

_RESOLVERS: dict[str, Callable[["Resolver", Site], Found]] = {
    "name": references.of_name,
    "free": references.of_free,
    "import": references.of_import,
    "binary": references.of_binary,
    "template": references.of_template,
    "phi": references.of_operands,
    "and": references.of_operands,
    "or": references.of_operands,
    "default": references.of_operands,
    "await": references.of_operands,
    "spread": references.of_operands,
    "select": references.of_select,
    "enter": references.of_enter,
    "attr": members.of_attribute,
    "call": results.of_call,
    "index": tables.of_index,
    "element": tables.of_element,
    "item": tables.of_item,
    "param": annotations.of_parameter,
    "exception": references.of_exception,
}
