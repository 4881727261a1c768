"""How long something lasts, and how far a point of time lies ahead of now, folded to seconds."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from analyzers.facts import Value
from analyzers.flow.defaults import DefaultReader
from analyzers.frameworks import times
from analyzers.project.program import Function
from analyzers.project.targets import argument_of

MAX_DEPTH = 12
MAX_NOW_DEPTH = 5


class Duration(NamedTuple):
    """A length of time in `seconds`.

    `function` and `value` are the constant that decides it, `unit` what one of it stands for in seconds. `names` are
    the variables, functions and words that it passed on its way here; `by_default` tells that a setting can change it.
    """

    seconds: float
    function: Function
    value: int
    unit: float = 1
    names: tuple[str, ...] = ()
    by_default: bool = False


class DurationReader:
    """Folds durations; of several possible ones the longest counts."""

    def __init__(self, defaults: DefaultReader) -> None:
        self.defaults = defaults
        self.resolver = defaults.resolver
        self._lengths: dict[tuple[str, int, float], Duration | None] = {}
        self._points: dict[tuple[str, int], Duration | None] = {}

    def length(self, function: Function, value: int, unit: float = 1, depth: int = 0) -> Duration | None:
        """Return a duration that is a number of units or a `timedelta`, None when it is not constant."""
        key = (function.id, value, unit)
        if value < 0 or depth > MAX_DEPTH or key in self._lengths:
            return self._lengths.get(key)
        self._lengths[key] = None
        self._lengths[key] = self._length(function, value, unit, depth)
        return self._lengths[key]

    def _length(self, function: Function, value: int, unit: float, depth: int) -> Duration | None:
        node = function.facts.values[value]
        if node.op == "number":
            number = _number(node.text)
            return Duration(number * unit, function, value, unit) if number is not None else None
        if node.op == "str":
            number = _number(node.text)
            return Duration(number * unit, function, value, unit, by_default=True) if number is not None else None
        if node.op == "binary":
            return self._arithmetic(function, value, node, unit, depth + 1)
        if node.op == "call":
            return self._of_call(function, value, node, unit, depth + 1)
        if node.op in ("phi", "or", "and", "default", "select"):
            parts = node.args[1:] if node.op == "select" else node.args
            return _longest(self.length(function, part, unit, depth + 1) for part in parts)
        return _longest(self._defined(function, value, node, unit, depth + 1))

    def ahead(self, function: Function, value: int, depth: int = 0) -> Duration | None:
        """Return how far a point of time lies ahead of now, None when it is no constant distance."""
        key = (function.id, value)
        if value < 0 or depth > MAX_DEPTH or key in self._points:
            return self._points.get(key)
        self._points[key] = None
        self._points[key] = self._ahead(function, value, depth)
        return self._points[key]

    def _ahead(self, function: Function, value: int, depth: int) -> Duration | None:
        node = function.facts.values[value]
        if node.op == "binary" and node.text == "+":
            first, second = node.args
            if self._is_now(function, first):
                return self.length(function, second)
            return self.length(function, first) if self._is_now(function, second) else None
        if node.op == "call":
            inner = self._inside(function, node)
            if inner >= 0:
                return self.ahead(function, inner, depth + 1)
            return _longest(
                self.ahead(callee, event.value, depth + 1)
                for callee, _ in self.resolver.functions(function, node.args[0])
                for event in callee.facts.events
                if event.kind == "return" and callee.facts.name != "__init__"
            )
        if node.op in ("phi", "or", "select"):
            return _longest(self.ahead(function, part, depth + 1) for part in node.args)
        return _longest(
            _named(self.ahead(scope, bound, depth + 1), _words(node, scope, bound))
            for scope, bound in self.defaults.definitions(function, value)
        )

    # Lengths

    def _arithmetic(self, function: Function, value: int, node: Value, unit: float, depth: int) -> Duration | None:
        left = self.length(function, node.args[0], 1, depth)
        right = self.length(function, node.args[1], 1, depth)
        if left is None or right is None:
            return None
        seconds = _combined(node.text, left.seconds, right.seconds)
        if seconds is None:
            return None
        # The operand that is defined elsewhere decides; arithmetic on plain numbers is one constant.
        decisive, factor = (left, right) if left.function is not function or left.names else (right, left)
        names = (*left.names, *right.names)
        default = left.by_default or right.by_default
        if not decisive.names:
            return Duration(seconds * unit, function, value, unit, names, default)
        scale = decisive.unit * (factor.seconds if node.text == "*" else 1) * unit
        return Duration(seconds * unit, decisive.function, decisive.value, scale, names, default)

    def _of_call(self, function: Function, value: int, node: Value, unit: float, depth: int) -> Duration | None:
        name = self.resolver.external(function, node.args[0])
        if name in times.DELTAS:
            return self._delta(function, value, node, depth)
        if name in times.CONVERSIONS and len(node.args) > 1:
            return self.length(function, node.args[1], unit, depth)
        if name.endswith(".Field"):
            return self.length(function, argument_of(node, "default", 0), unit, depth)
        callee = function.facts.values[node.args[0]]
        if callee.op == "attr" and callee.text == "total_seconds":
            return self.length(function, callee.args[0], unit, depth)
        if name in times.SETTINGS and len(node.args) > 2:
            found = self.length(function, node.args[2], unit, depth)
            key = self.resolver.text(function, node.args[1]) or ""
            return _named(found._replace(by_default=True), (key,)) if found is not None else None
        return None

    def _delta(self, function: Function, value: int, node: Value, depth: int) -> Duration | None:
        parts = [
            self.length(function, argument, times.UNITS.get(keyword or positional, 0), depth)
            for keyword, positional, argument in zip(node.names, times.POSITIONS, node.args[1:], strict=False)
        ]
        known = [part for part in parts if part is not None]
        if len(known) != len(node.names) or not known:
            return None
        seconds = sum(part.seconds for part in known)
        names = tuple(name for part in known for name in part.names)
        default = any(part.by_default for part in known)
        if len(known) == 1 and (known[0].names or known[0].function is not function):
            return known[0]._replace(by_default=default)
        return Duration(seconds, function, value, 1, names, default)

    def _defined(
        self, function: Function, value: int, node: Value, unit: float, depth: int
    ) -> Iterator[Duration | None]:
        for scope, bound in self.defaults.definitions(function, value):
            words = _words(node, scope, bound)
            found = self.length(scope, bound, unit, depth)
            if node.op == "param" and scope is not function.parent:
                words = (*words, scope.facts.qualname, *_beside(scope, bound))
            setting = node.op == "attr" and scope.facts.kind == "class"
            yield _named(found._replace(by_default=found.by_default or setting), words) if found is not None else None

    # Points of time

    def _inside(self, function: Function, node: Value) -> int:
        """Return what a call only converts: `int(x)`, `x.timestamp()`, `calendar.timegm(x.utctimetuple())`, else -1."""
        callee = function.facts.values[node.args[0]]
        if callee.op == "attr" and callee.text in times.POINT_METHODS:
            return callee.args[0]
        name = self.resolver.external(function, node.args[0])
        return node.args[1] if name in (*times.CONVERSIONS, "calendar.timegm") and len(node.args) > 1 else -1

    def _is_now(self, function: Function, value: int, depth: int = 0) -> bool:
        if value < 0 or depth > MAX_NOW_DEPTH:
            return False
        node = function.facts.values[value]
        if node.op == "call":
            if self.resolver.external(function, node.args[0]) in times.NOW:
                return True
            inner = self._inside(function, node)
            if inner >= 0:
                return self._is_now(function, inner, depth + 1)
            return any(
                self._is_now(callee, event.value, depth + 1)
                for callee, _ in self.resolver.functions(function, node.args[0])
                for event in callee.facts.events
                if event.kind == "return"
            )
        if node.op in ("phi", "or", "select"):
            return any(self._is_now(function, part, depth + 1) for part in node.args)
        definitions = self.defaults.definitions(function, value)
        return any(self._is_now(scope, bound, depth + 1) for scope, bound in definitions)


def _number(text: str) -> float | None:
    try:
        return float(text.replace("_", ""))
    except ValueError:
        return None


def _combined(operator: str, left: float, right: float) -> float | None:
    if operator == "*":
        return left * right
    if operator in ("+", "-"):
        return left + (right if operator == "+" else -right)
    return left / right if operator in ("/", "//") and right else None


def _longest(durations: Iterable[Duration | None]) -> Duration | None:
    return max((item for item in durations if item is not None), key=lambda item: item.seconds, default=None)


def _named(duration: Duration | None, words: tuple[str, ...]) -> Duration | None:
    return duration._replace(names=(*words, *duration.names)) if duration is not None else None


def _words(node: Value, scope: Function, bound: int) -> tuple[str, ...]:
    """Return what a value is called, and what its definition is bound to."""
    bindings = (name for name, values in scope.facts.names.items() if bound in values)
    return (node.text.rpartition("|")[2], *bindings)


def _beside(scope: Function, argument: int) -> Iterator[str]:
    """Yield the constant texts of the call that passes an argument, and what its result is bound to."""
    values = scope.facts.values
    for event in scope.calls():
        node = values[event.value]
        if argument in node.args:
            yield from (values[item].text for item in node.args[1:] if values[item].op == "str")
            yield from (name for name, bound in scope.facts.names.items() if event.value in bound)
