"""What conditions on the name of the called tool come to for one name: comparisons, and look-ups in tables."""

from collections.abc import Iterator

from analyzers.facts import Value
from analyzers.flow.guards import positive
from analyzers.project.items import items_of
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver

Names = frozenset[int]
EMPTY = frozenset({"set", "frozenset", "list", "tuple", "dict"})
BEGINNINGS = {"startswith": str.startswith, "endswith": str.endswith}
COMPARED = ("==", "!=", "in", "not-in")
# What comparisons come to for everybody, where nothing stands on the left or on the right.
ORDERS: dict[str, tuple[bool | None, bool | None]] = {
    "<": (None, False),
    ">=": (None, True),
    ">": (False, None),
    "<=": (True, None),
}
ZERO = ("0", "0.0")
# What a table holds under a name.
NOTHING, FALSE, SOMETHING = "none", "false", "something"
MAX_DEPTH = 12


class Tables:
    """Decides conditions for the tool of one name; `decided` tells whether it decided any."""

    def __init__(self, resolver: Resolver, name: str) -> None:
        self._resolver = resolver
        self._name = name
        self.decided = False

    def decide(self, function: Function, names: Names, value: int) -> bool | None:
        """Evaluate a condition where some values are the name; None where the name says nothing."""
        found = self._decide(function, names, value, 0) if names else None
        self.decided = self.decided or found is not None
        return found

    def _decide(self, function: Function, names: Names, value: int, depth: int) -> bool | None:
        node = function.facts.values[value]
        if depth > MAX_DEPTH:
            return None
        if node.op == "not":
            inner = self._decide(function, names, node.args[0], depth + 1)
            return None if inner is None else not inner
        if node.op in ("and", "or"):
            parts = [self._decide(function, names, part, depth + 1) for part in node.args]
            decisive = node.op == "or"
            if decisive in parts:
                return decisive
            return None if None in parts else not decisive
        if node.op == "compare":
            return self._compare(function, names, node)
        if node.op == "call" and self._is_beginning(function, names, node):
            texts = list(self._constants(function, node.args[1]))
            test = BEGINNINGS[function.facts.values[node.args[0]].text]
            return any(test(self._name, text) for text in texts) if texts else None
        found = self._looked_up(function, names, node)
        return None if found is None else found == SOMETHING

    def _is_beginning(self, function: Function, names: Names, node: Value) -> bool:
        callee = function.facts.values[node.args[0]]
        return callee.op == "attr" and callee.text in BEGINNINGS and callee.args[0] in names and len(node.args) > 1

    def _compare(self, function: Function, names: Names, node: Value) -> bool | None:
        left, right = node.args
        if any(function.facts.values[part].op == "none" for part in node.args):
            other = right if function.facts.values[left].op == "none" else left
            found = self._looked_up(function, names, function.facts.values[other])
            return None if found is None else (found == NOTHING) == positive(node.text, True)
        if node.text in ORDERS:
            return self._order(function, names, node)
        if node.text not in COMPARED:
            return None
        if node.text in ("==", "!=") and right in names:
            left, right = right, left
        if left not in names:
            return None
        if node.text in ("==", "!="):
            text = self._resolver.text(function, right)
            return None if text is None else (text == self._name) == (node.text == "==")
        texts = self._texts(function, right)
        return None if texts is None else (self._name in texts) == (node.text == "in")

    def _order(self, function: Function, names: Names, node: Value) -> bool | None:
        """Decide `level < NEEDED.get(name, 0)` where the name has no entry: nobody's rank lies below nothing."""
        for side, low in enumerate(ORDERS[node.text]):
            table, default = _look_up(function, names, function.facts.values[node.args[side]])
            number = function.facts.values[default] if table >= 0 and default >= 0 else None
            if (
                number is not None
                and number.op == "number"
                and number.text in ZERO
                and self.is_missing(function, table)
            ):
                return low
        return None

    def looked_up_in(self, function: Function, names: Names) -> Iterator[int]:
        """Yield the tables that the name is looked up in, as values of a function."""
        for node in function.facts.values if names else ():
            if node.op in ("index", "call"):
                table, _ = _look_up(function, names, node)
                if table >= 0:
                    yield table

    def entry(self, function: Function, names: Names, value: int) -> Iterator[tuple[Function, int]]:
        """Yield what a value is that looks the name up in a table, as (function, value)."""
        table, _ = _look_up(function, names, function.facts.values[value])
        for key, scope, held in self.entries(function, table) or () if table >= 0 else ():
            if key == self._name:
                yield scope, held

    def is_missing(self, function: Function, table: int) -> bool:
        """Tell whether a table that is known whole holds nothing under the name."""
        entries = self.entries(function, table)
        return entries is not None and all(key != self._name for key, _, _ in entries)

    def _looked_up(self, function: Function, names: Names, node: Value) -> str | None:
        """Return what a look-up of the name in a table finds: `TABLE.get(name)`, `TABLE[name]`; None if not known."""
        table, default = _look_up(function, names, node)
        if table < 0:
            return None
        entries = self.entries(function, table)
        if entries is None:
            return None
        for key, scope, value in entries:
            if key == self._name:
                return _kind_of(scope, value)
        if node.op == "index":
            return None
        return _kind_of(function, default) if default >= 0 else NOTHING

    def _texts(self, function: Function, value: int) -> set[str] | None:
        entries = self.entries(function, value)
        return None if entries is None else {key for key, _, _ in entries}

    def entries(self, function: Function, table: int) -> list[tuple[str, Function, int]] | None:
        """Return what a table or list of constants holds, by its keys or items; None where it is not known whole."""
        table = self._table(function, table)
        targets = self._resolver.resolve(function, table)
        if not targets or any(target.kind != "display" for target in targets):
            return None
        found: list[tuple[str, Function, int]] = []
        is_map = targets[0].name == "map"
        for entry in items_of(self._resolver, function, table):
            text = entry.key if is_map else self._resolver.text(entry.function, entry.value)
            if not text:
                return None
            found.append((text, entry.function, entry.value))
        return found

    def _table(self, function: Function, value: int) -> int:
        """Return the table of a view: `TABLE.keys()`."""
        node = function.facts.values[value]
        callee = function.facts.values[node.args[0]] if node.op == "call" else node
        return callee.args[0] if callee is not node and callee.op == "attr" and callee.text == "keys" else value

    def _constants(self, function: Function, value: int) -> Iterator[str]:
        node = function.facts.values[value]
        for part in node.args if node.op == "tuple" else (value,):
            text = self._resolver.text(function, part)
            if text is not None:
                yield text


def _look_up(function: Function, names: Names, node: Value) -> tuple[int, int]:
    """Return the table that a value looks the name up in, and its default, -1 for none."""
    if node.op == "index" and node.args[1] in names:
        return node.args[0], -1
    if node.op == "call" and len(node.args) > 1 and node.args[1] in names:
        callee = function.facts.values[node.args[0]]
        if callee.op == "attr" and callee.text == "get":
            return callee.args[0], node.args[2] if len(node.args) > 2 else -1
    return -1, -1


def _kind_of(scope: Function, value: int) -> str:
    """Tell whether a value written in a table is None, something that counts as false, or anything else."""
    node = scope.facts.values[value]
    if node.op == "none":
        return NOTHING
    if node.op == "bool":
        is_empty = node.text == "False"
    elif node.op in ("list", "tuple", "set", "map"):
        is_empty = not node.args
    elif node.op == "call":
        is_empty = len(node.args) == 1 and scope.facts.values[node.args[0]].text in EMPTY
    else:
        is_empty = node.op == "str" and not node.text
    return FALSE if is_empty else SOMETHING
