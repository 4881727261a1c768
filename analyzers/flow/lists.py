"""The items of a list as it was put together: written, added up, appended to."""

from collections.abc import Iterator

from analyzers.project.program import Function
from analyzers.project.resolve import Resolver

MAX_DEPTH = 60
MAX_ITEMS = 64
GROWERS = ("append", "extend", "insert")
Item = tuple[Function, int]


class ListReader:
    """Reads lists; what is appended to them in a function is found once."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self._found: dict[tuple[str, int], list[Item]] = {}
        self._grown: dict[str, dict[int, list[tuple[str, int]]]] = {}

    def items(self, function: Function, value: int) -> list[Item] | None:
        """Return the items of a list, None when it is not seen how it is made; an unknown part is an item itself."""
        self._found.clear()
        found = self._items(function, value, 0)[:MAX_ITEMS]
        return None if found == [(function, value)] else found

    def _items(self, function: Function, value: int, depth: int) -> list[Item]:
        """Return the items of a part, which several ways of making the whole may share."""
        key = (function.id, value)
        known = self._found.get(key)
        if known is None:
            self._found[key] = [(function, value)]
            known = self._found[key] = list(self._made(function, value, depth))[: 2 * MAX_ITEMS]
        return known

    def _made(self, function: Function, value: int, depth: int) -> Iterator[Item]:
        node = function.facts.values[value]
        if depth > MAX_DEPTH:
            yield function, value
        elif node.op in ("list", "tuple"):
            yield from self._written(function, value, depth)
        elif node.op == "binary" and node.text == "+" and not any(self._is_text(function, part) for part in node.args):
            for part in node.args:
                yield from self._items(function, part, depth + 1)
        elif node.op in ("phi", "select"):
            parts = [part for part in node.args[1 if node.op == "select" else 0 :] if part != value]
            ways = [self._items(function, part, depth + 1) for part in parts]
            seen = [items for part, items in zip(parts, ways, strict=True) if items != [(function, part)]]
            yield from max(seen, key=len, default=[(function, value)])
        else:
            yield from self._referred(function, value, depth)

    def _is_text(self, function: Function, value: int) -> bool:
        """Tell whether an operand of `+` is a text, or a sum with one: no list is added to it."""
        waiting = [value]
        while waiting:
            value = waiting.pop()
            node = function.facts.values[value]
            if node.op == "binary" and node.text == "+":
                waiting.extend(node.args)
            elif node.op in ("str", "template") or self.resolver.text(function, value) is not None:
                return True
        return False

    def _written(self, function: Function, value: int, depth: int) -> Iterator[Item]:
        for item in function.facts.values[value].args:
            node = function.facts.values[item]
            if node.op == "spread":
                yield from self._items(function, node.args[0], depth + 1)
            else:
                yield function, item
        for method, added in self._growth(function).get(value, ()):
            if method == "extend":
                yield from self._items(function, added, depth + 1)
            else:
                yield function, added

    def _referred(self, function: Function, value: int, depth: int) -> Iterator[Item]:
        node = function.facts.values[value]
        if node.op in ("name", "import", "free", "attr"):
            displays = [target for target in self.resolver.resolve(function, value) if target.kind == "display"]
            if len(displays) == 1 and displays[0].function is not None and displays[0].name in ("list", "tuple"):
                yield from self._items(displays[0].function, displays[0].value, depth + 1)
                return
        yield function, value

    def _growth(self, function: Function) -> dict[int, list[tuple[str, int]]]:
        """Return what is appended to each list of a function, by the list."""
        known = self._grown.get(function.id)
        if known is None:
            known = self._grown[function.id] = {}
            values = function.facts.values
            for event in function.calls():
                node = values[event.value]
                callee = values[node.args[0]]
                if callee.op == "attr" and callee.text in GROWERS and len(node.args) > 1:
                    for receiver in _alternatives(function, callee.args[0]):
                        known.setdefault(receiver, []).append((callee.text, node.args[-1]))
        return known


def _alternatives(function: Function, value: int) -> tuple[int, ...]:
    node = function.facts.values[value]
    return (value, *node.args) if node.op == "phi" else (value,)
