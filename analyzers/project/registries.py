"""What tables and lists of a module are filled with: `TOOLS.append(f)`, `HANDLERS[name] = f`, often by a decorator."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from analyzers.project.program import Function
from analyzers.project.targets import Reference, argument_of, parameter_of

if TYPE_CHECKING:
    from analyzers.project.resolve import Resolver

ADDING = ("append", "add", "insert")
MAX_ENTRIES = 200


class Entry(NamedTuple):
    """A value that was put into a table or list, under a constant key; "" where there is none, or it is not known."""

    key: str
    function: Function
    value: int


class Registries:
    """Finds entries; answers are kept."""

    def __init__(self, resolver: "Resolver") -> None:
        self._resolver = resolver
        self._known: dict[tuple[str, int], tuple[Entry, ...]] = {}
        self._decorated: dict[str, list[tuple[Function, Reference]]] | None = None

    def of(self, module: Function, display: int) -> tuple[Entry, ...]:
        """Return what a module's table or list, given by its literal, is filled with elsewhere in its file."""
        known = self._known.get((module.id, display))
        if known is None:
            # What is found on the way to its own entries is no entry.
            self._known[module.id, display] = ()
            known = self._known[module.id, display] = tuple(self._found(module, display))[:MAX_ENTRIES]
        return known

    def _found(self, module: Function, display: int) -> Iterator[Entry]:
        if module.facts.kind != "module":
            return
        names = {name for name, values in module.facts.names.items() if display in values}
        for function in module.file.functions if names else ():
            for key, value in _puts(function, names):
                yield from self._put(function, key, value)

    def _put(self, function: Function, key: int, value: int) -> Iterator[Entry]:
        """Yield what is put in at one place: a value, or what a decorator is applied to and calls pass."""
        found = parameter_of(function, value)
        wraps = found is None and self._wraps(function, value)
        if wraps and function.facts.values[value].op == "tuple":
            return
        if found is None and not wraps:
            yield Entry(self._resolver.text(function, key) or "", function, value)
            return
        for decorated, place in self._uses(found[0] if found is not None else function):
            definition = _definition(decorated)
            if definition >= 0:
                yield Entry(self._key(function, key, decorated, place), place.function, definition)
        for caller, argument in self._resolver.arguments(*found) if found is not None else ():
            yield Entry(self._resolver.text(function, key) or "", caller, argument)

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
                        self._decorated.setdefault(name, []).append((function, Reference(parent, decorator)))
        return self._decorated

    def _key(self, function: Function, key: int, decorated: Function, place: Reference) -> str:
        """Return the key under which a decorated function is put: constant, its decorator's argument, or its name."""
        if key < 0:
            return ""
        node = function.facts.values[key]
        if node.op in ("or", "default", "phi"):
            return next(filter(None, (self._key(function, part, decorated, place) for part in node.args)), "")
        if node.op == "attr" and node.text == "__name__":
            return decorated.facts.name
        given = parameter_of(function, key)
        if given is None or place.node.op != "call":
            return self._resolver.text(function, key) or ""
        maker, index = given
        argument = argument_of(place.node, maker.facts.parameters[index].name, index)
        return self._resolver.text(place.function, argument) or ""


def _puts(function: Function, names: set[str]) -> Iterator[tuple[int, int]]:
    """Yield what a function puts into tables and lists of some names, as (key or -1, value)."""
    values = function.facts.values
    for event in function.facts.events:
        node = values[event.value] if event.value >= 0 else None
        if event.kind == "store" and event.text == "[]":
            table, key = values[event.target].args
            if values[table].op == "name" and values[table].text in names:
                yield key, event.value
        elif event.kind == "call" and node is not None and len(node.args) > 1:
            callee = values[node.args[0]]
            receiver = values[callee.args[0]] if callee.op == "attr" and callee.text in ADDING else None
            if receiver is not None and receiver.op == "name" and receiver.text in names:
                yield -1, node.args[-1]


def _definition(function: Function) -> int:
    """Return the value of its parent that a function is where it is defined, -1 for none."""
    parent = function.parent
    for value, node in enumerate(parent.facts.values) if parent is not None else ():
        if node.op == "function" and int(node.text) == function.index:
            return value
    return -1
