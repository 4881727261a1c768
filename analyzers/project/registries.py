"""What tables and lists are filled with: `TOOLS.append(f)`, `HANDLERS[name] = f`, often by a decorator."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from analyzers.project.program import Function
from analyzers.project.puts import ADDING, Put, into, is_import, puts
from analyzers.project.targets import Reference, argument_of, parameter_of

if TYPE_CHECKING:
    from analyzers.project.resolve import Resolver

MAX_ENTRIES = 400
MAX_DEPTH = 8


class Entry(NamedTuple):
    """A value that was put into a table or list, under a constant key; "" where there is none, or it is not known.

    With `spread` it is itself a table or list, whose items are put in.
    """

    key: str
    function: Function
    value: int
    spread: bool = False


class Registries:
    """Finds entries; answers are kept."""

    def __init__(self, resolver: "Resolver") -> None:
        self._resolver = resolver
        self._known: dict[tuple[str, int], tuple[Entry, ...]] = {}
        self._importers: dict[str, dict[str, Function]] | None = None
        self._decorated: dict[str, list[tuple[Function, Reference]]] | None = None

    def of(self, scope: Function, display: int) -> tuple[Entry, ...]:
        """Return what a table or list, given by where it is made, is filled with elsewhere."""
        known = self._known.get((scope.id, display))
        if known is None:
            # What is found on the way to its own entries is no entry.
            self._known[scope.id, display] = ()
            known = self._known[scope.id, display] = tuple(self._found(scope, display))[:MAX_ENTRIES]
        return known

    def _found(self, scope: Function, display: int) -> Iterator[Entry]:
        for put in (*puts(scope, display), *self._from_elsewhere(scope, display)):
            if scope.facts.kind != "module" and put.key >= 0 and not self._runs(put.function, put.value):
                continue
            if put.spread:
                yield Entry("", put.function, put.value, spread=True)
            else:
                yield from self._put(put.function, put.key, put.value)

    def _runs(self, function: Function, value: int) -> bool:
        """Tell whether a value is, or holds, a function: a table that a scope keeps of others is its own affair."""
        node = function.facts.values[value]
        parts = node.args if node.op == "tuple" else (value,)
        return any(
            parameter_of(function, part) is not None or self._resolver.functions(function, part) for part in parts
        )

    def _from_elsewhere(self, scope: Function, display: int) -> Iterator[Put]:
        """Yield what other modules put in: `from registry import TOOLS`, `TOOLS.append(f)`."""
        if scope.facts.kind != "module":
            return
        if self._importers is None:
            self._importers = {}
            for method in ADDING:
                for function, value in self._resolver.program.call_sites(method):
                    callee = function.facts.values[function.facts.values[value].args[0]]
                    table = function.facts.values[callee.args[0]] if callee.op == "attr" else callee
                    if table.op == "import":
                        self._importers.setdefault(table.text.rpartition("|")[2], {})[function.id] = function
        for name, values in scope.facts.names.items():
            for function in self._importers.get(name, {}).values() if display in values else ():
                for put in into(function, is_import(name)):
                    if any(target.value == display for target in self._resolver.resolve(function, put.table)):
                        yield put

    def _put(self, function: Function, key: int, value: int) -> Iterator[Entry]:
        """Yield what is put in at one place: a value, or what a decorator is applied to and calls pass."""
        found = parameter_of(function, value) or self._recorded(function, value)
        wraps = found is None and self._wraps(function, value)
        if wraps and function.facts.values[value].op == "tuple":
            return
        if found is None and not wraps:
            yield Entry(self._resolver.text(function, key) or "", function, value)
            return
        yield from self._subclasses(function, key, found)
        for decorated, place in self._uses(found[0] if found is not None else function):
            definition = definition_of(decorated)
            if definition >= 0:
                yield Entry(self._key(function, key, decorated, place), place.function, definition)
        given = found if found is not None and parameter_of(function, value) is not None else None
        for caller, argument in self._resolver.arguments(*given, each=True) if given is not None else ():
            passed = parameter_of(caller, argument)
            # `@tool` without a call hands the function to what it would have returned.
            bare = list(self._uses(caller)) if passed is not None and passed[0] is caller else []
            for decorated, place in bare:
                yield Entry(self._key(function, key, decorated, place), place.function, definition_of(decorated))
            if bare:
                continue
            stated = self._own_name(function, key, Reference(caller, argument)) or self._resolver.text(function, key)
            yield Entry(stated or "", caller, argument)

    def _subclasses(self, function: Function, key: int, given: tuple[Function, int] | None) -> Iterator[Entry]:
        """Yield the classes that put themselves in: `def __init_subclass__(cls): ALL.append(cls)`."""
        owner = function.owner
        if owner is None or given != (function, 0) or function.facts.name != "__init_subclass__":
            return
        node = function.facts.values[key] if key >= 0 else None
        for cls in self._resolver.hierarchy.below(owner):
            stated = cls.facts.name if node is not None and node.text == "__name__" else ""
            is_own = node is not None and node.op == "attr" and node.args[0] == 0
            name = stated or (own_text(self._resolver, cls, node.text) if is_own and node is not None else "")
            if cls.parent is not None:
                yield Entry(name, cls.parent, definition_of(cls))

    def _recorded(self, function: Function, value: int) -> tuple[Function, int] | None:
        """Return the parameter of a decorator that a record is made of: `TABLE[name] = Entry(name, handler=f)`.

        So is a tuple, `(f, schema)`, or a table, `{"handler": f}`.
        """
        node = function.facts.values[value]
        parts = {"call": node.args[1:], "tuple": node.args, "map": node.args[1::2]}.get(node.op, ())
        given = [parameter_of(function, part) for part in parts]
        decorated = [found for found in given if found is not None and any(self._uses(found[0]))]
        is_record = node.op != "call" or any(
            target.kind == "instance" for target in self._resolver.resolve(function, value)
        )
        # What it is about comes with the decorator's own call; the function that it decorates is given last.
        inner = [found for found in decorated if found[0] is function]
        return inner[0] if is_record and len(inner) == 1 else None

    def _own_name(self, function: Function, key: int, given: Reference) -> str:
        """Return the key that an object which is passed has as an attribute: `TABLE[tool.name] = tool`."""
        node = function.facts.values[key] if key >= 0 else None
        if node is None or node.op != "attr" or parameter_of(function, node.args[0]) is None:
            return ""
        for target in self._resolver.resolve(given.function, given.value):
            if target.kind == "instance" and target.function is not None:
                return own_text(self._resolver, target.function, node.text)
        return ""

    def _wraps(self, function: Function, value: int) -> bool:
        """Tell whether a value is, or holds, a function that is made anew around each one that is decorated."""
        node = function.facts.values[value]
        parts = node.args if node.op == "tuple" else (value,)
        made = [callee for part in parts for callee, _ in self._resolver.functions(function, part)]
        return function.facts.kind != "module" and any(callee.parent is function for callee in made)

    def _uses(self, holder: Function) -> Iterator[tuple[Function, Reference]]:
        """Yield the functions that a function decorates, itself or as what its maker returns, with the decorator."""
        outer = holder.parent
        maker = outer if outer is not None and outer.facts.kind in ("function", "method") else holder
        for decorated, place in self._index().get(maker.facts.name, ()):
            node = place.node
            is_call = node.op == "call"
            callee = node.args[0] if is_call else place.value
            runs = self._resolver.functions(place.function, callee)
            if is_call == (maker is not holder) and any(function is maker for function, _ in runs):
                yield decorated, place
        if maker is not holder:
            yield from self._given_out(holder)

    def _given_out(self, holder: Function) -> Iterator[tuple[Function, Reference]]:
        """Yield the functions that a decorator is put on that its maker gave out: `add, install = registrar()`."""
        for decorated, place in self._index().get(holder.facts.name, ()):
            if place.node.op == "call":
                continue
            if any(function is holder for function, _ in self._resolver.functions(place.function, place.value)):
                yield decorated, place

    def _index(self) -> dict[str, list[tuple[Function, Reference]]]:
        if self._decorated is None:
            self._decorated = {}
            for function in self._resolver.program.functions():
                parent = function.parent
                for decorator in function.facts.decorators if parent is not None else ():
                    if parent is not None:
                        node = parent.facts.values[decorator]
                        callee = parent.facts.values[node.args[0]] if node.op == "call" else node
                        name = callee.text.rpartition("|")[2]
                        if callee.op == "function":
                            name = parent.file.facts.functions[int(callee.text)].name
                        elif callee.op == "item":
                            name = _bound_to(parent, decorator)
                        self._decorated.setdefault(name, []).append((function, Reference(parent, decorator)))
        return self._decorated

    def _key(self, function: Function, key: int, decorated: Function, place: Reference, depth: int = MAX_DEPTH) -> str:
        """Return the key under which a decorated function is put: constant, its decorator's argument, or its name."""
        if key < 0 or not depth:
            return ""
        node = function.facts.values[key]
        if node.op in ("or", "default", "phi"):
            parts = (self._key(function, part, decorated, place, depth - 1) for part in node.args)
            return next(filter(None, parts), "")
        if node.op == "attr" and node.text == "__name__":
            return decorated.facts.name
        given = parameter_of(function, key)
        if given is None or place.node.op != "call":
            return self._resolver.text(function, key) or ""
        maker, index = given
        argument = argument_of(place.node, maker.facts.parameters[index].name, index)
        return self._resolver.text(place.function, argument) or ""


def _bound_to(scope: Function, value: int) -> str:
    return next((name for name, values in scope.facts.names.items() if value in values), "")


def own_text(resolver: "Resolver", cls: Function, name: str) -> str:
    """Return the constant text that an attribute has in objects of just this class, "" where that is not seen.

    It is stated in the class, set by its own constructor, or what that passes to the one of its base.
    """
    for value in cls.facts.names.get(name, ()):
        return resolver.text(cls, value) or ""
    own = resolver.method(cls, "__init__")
    stores = [place for place in resolver.set_by_methods(cls, name) if place[0].facts.name == "__init__"]
    for holder, value in stores:
        outer = parameter_of(holder, value)
        if outer is None:
            return resolver.text(holder, value) or ""
        for event in own.calls() if own is not None and own is not holder else ():
            node = own.facts.values[event.value] if own is not None else None
            callee = own.facts.values[node.args[0]] if own is not None and node is not None else None
            if own is not None and node is not None and callee is not None and callee.text == "__init__":
                given = argument_of(node, holder.facts.parameters[outer[1]].name, outer[1] - 1)
                return resolver.text(own, given) or ""
    return ""


def definition_of(function: Function) -> int:
    """Return the value of its parent that a function or class is where it is defined, -1 for none."""
    parent = function.parent
    for value, node in enumerate(parent.facts.values) if parent is not None else ():
        if node.op in ("function", "class") and int(node.text) == function.index:
            return value
    return -1
