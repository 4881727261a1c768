"""What a file calls, mentions and assigns, by name: found in one walk over everything that happens."""

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from analyzers.facts import Event, Value

if TYPE_CHECKING:
    from analyzers.project.program import Function

COMPUTED = frozenset({"index", "call", "element", "item", "phi", "select"})
MENTIONED = frozenset({"name", "free", "attr", "import", "function"})


class Mention(msgspec.Struct, frozen=True):
    """A function in which an event calls a value, or hands it on."""

    function: "Function"
    event: int
    value: int


class Index:
    """Calls and assignments of some functions, each list in the order of paths and positions.

    `calls` are those of `name(...)` and `x.name(...)` as (function, call value); `computed` those of what a table or
    another call gives, `TABLE[key](...)`; `stores` the assignments to attributes by name, to entries under `[]`.
    """

    def __init__(self, functions: Iterable["Function"]) -> None:
        self.calls: dict[str, list[tuple[Function, int]]] = defaultdict(list)
        self.computed: list[tuple[Function, int]] = []
        self.stores: dict[str, list[tuple[Function, Event]]] = defaultdict(list)
        for function in functions:
            values = function.facts.values
            for event in function.facts.events:
                if event.kind == "call":
                    self._add_call(function, event.value, values[values[event.value].args[0]])
                elif event.kind == "store":
                    self.stores[event.text].append((function, event))

    def _add_call(self, function: "Function", call: int, callee: Value) -> None:
        if callee.op == "attr":
            self.calls[callee.text].append((function, call))
            return
        if callee.op in COMPUTED:
            self.computed.append((function, call))
        while callee.op == "index":
            callee = function.facts.values[callee.args[0]]
        # `try: from a import make` and `except ImportError: make = None` leave two things that a name may be.
        ways = [function.facts.values[way] for way in callee.args] if callee.op == "phi" else [callee]
        for name in dict.fromkeys(name for way in ways for name in _names_of(function, way)):
            self.calls[name].append((function, call))


def _names_of(function: "Function", callee: Value) -> list[str]:
    """Return the names by which a value is called: as it is written, and as a module imports what it names."""
    name = _name_of(function, callee)
    return [name, *(_imported(function, callee) if callee.op == "name" else ())] if name else []


def _imported(function: "Function", value: Value) -> list[str]:
    """Return what a module imports under the name that a value is: `make` for `from shop import make as make_shop`."""
    module = function.file.module.facts
    bound = module.names.get(value.text, ())
    return [_name_of(function, module.values[found]) for found in bound if module.values[found].op == "import"]


def _name_of(function: "Function", callee: Value) -> str:
    """Return the name by which a value is called, "" for none."""
    if callee.op in ("name", "attr", "free") or (callee.op == "param" and callee.text == "cls"):
        return callee.text
    if callee.op == "import":
        module, _, name = callee.text.partition("|")
        return name or module.rpartition(".")[2]
    if callee.op in ("function", "class"):
        return function.file.facts.functions[int(callee.text)].name
    return ""


def mentions_of(functions: Iterable["Function"]) -> dict[str, list[Mention]]:
    """Return what calls of some functions are made of and given, by name."""
    found: dict[str, list[Mention]] = defaultdict(list)
    for function in functions:
        values = function.facts.values
        for index, event in enumerate(function.facts.events):
            for value in values[event.value].args if event.kind == "call" else ():
                if values[value].op in MENTIONED:
                    for name in _mentioned(function, values[value]):
                        found[name].append(Mention(function, index, value))
    return found


def _mentioned(function: "Function", value: Value) -> Iterable[str]:
    if value.op == "function":
        return (function.file.facts.functions[int(value.text)].name,)
    if value.op != "name":
        return (value.text.rpartition("|")[2],)
    return dict.fromkeys((value.text, *_imported(function, value)))
