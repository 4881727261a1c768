"""The state while one function body is lowered: values, events, names, and the paths that are open."""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import msgspec

from analyzers.facts import Event, FunctionFacts, Parameter, Value
from analyzers.secrets import secret_kind
from analyzers.syntax import Expression, Function, Lambda, Statement

MAX_TEXT = 400
ENTRY = -1
ENDED = -2

Environment = dict[str, int]
Path = tuple[int, Environment]


class Located(Protocol):
    """Anything that lies at a byte range."""

    @property
    def start(self) -> int:
        """Where it begins."""
        ...

    @property
    def end(self) -> int:
        """Where it ends."""
        ...


class Extent(msgspec.Struct, frozen=True):
    """A byte range by itself."""

    start: int
    end: int


class Signature:
    """What the enclosing scope knows of a function: its parameters, decorators and bases as values there."""

    __slots__ = ("bases", "decorators", "is_async", "parameters", "returns")

    def __init__(
        self,
        parameters: tuple[Parameter, ...] = (),
        decorators: tuple[int, ...] = (),
        bases: tuple[tuple[str, int], ...] = (),
        is_async: bool = False,
    ) -> None:
        self.returns = -1
        self.parameters = parameters
        self.decorators = decorators
        self.bases = bases
        self.is_async = is_async


class FileBodies:
    """All functions of a file; bodies wait here until the scope around them is complete."""

    def __init__(self, lowerings: "Lowerings", raising: frozenset[str] = frozenset()) -> None:
        self.lowerings = lowerings
        self.raising = raising
        self.slots: list[FunctionFacts | None] = []
        self.waiting: list[tuple[int, Function | Lambda, Body, Signature]] = []

    def reserve(self) -> int:
        """Return the index of a function whose facts follow."""
        self.slots.append(None)
        return len(self.slots) - 1


LowerExpression = Callable[["Body", Any], int]
LowerStatement = Callable[["Body", Any], None]


class Lowerings(msgspec.Struct, frozen=True):
    """What lowers each type of node; a table is typed by its keys, so the node itself is not."""

    expressions: Mapping[type, LowerExpression]
    statements: Mapping[type, LowerStatement]


# What a string says is not what a body does.
_CONTENTS = frozenset({"str", "secret", "bytes"})


class Body:
    """Lowers one function body, class body or module."""

    def __init__(self, file: FileBodies, index: int, kind: str, name: str, parent: "Body | None" = None) -> None:
        self.file = file
        self.index = index
        self.kind = kind
        self.qualname = parent.inner(name) if parent is not None else "<module>"
        self.name = name
        self.parent = parent
        self.values: list[Value] = []
        self.events: list[Event] = []
        self.environment: Environment = {}
        self.names: dict[str, list[int]] = {}
        self.globals: set[str] = set()
        self.at = ENTRY
        self.loops: list[tuple[list[tuple[int, Environment]], list[tuple[int, Environment]]]] = []
        self.loops_end: list[tuple[int, Environment]] = []
        self.is_generator = False
        self.call_events: dict[int, int] = {}
        self.joins: dict[int, tuple[int, int]] = {}

    def inner(self, name: str) -> str:
        """Return the qualified name of a definition in this body."""
        return name if self.kind == "module" else f"{self.qualname}.{name}"

    # Values

    def value(self, op: str, text: str, args: tuple[int, ...], place: Located, names: tuple[str, ...] = ()) -> int:
        """Add a value and return its index."""
        self.values.append(Value(op, text, args, names, place.start, place.end - place.start))
        return len(self.values) - 1

    def emit(self, kind: str, value: int, place: Located, text: str = "", target: int = -1) -> int:
        """Record an event; where the path has ended already it is still recorded, after itself."""
        self.events.append(Event(kind, value, self.at, text, target, place.start, place.end - place.start))
        index = len(self.events) - 1
        if self.at != ENDED:
            self.at = index
        return index

    def bind(self, name: str, value: int) -> None:
        """Bind a name to a value."""
        if name in self.globals:
            self.emit("global", value, self.values[value], name)
            return
        self.environment[name] = value
        self.names.setdefault(name, []).append(value)

    def expression(self, node: Expression) -> int:
        """Lower an expression and return its value."""
        return self.file.lowerings.expressions[type(node)](self, node)

    def optional(self, node: Expression | None) -> int:
        """Lower an expression that may be absent; -1 stands for none."""
        return -1 if node is None else self.expression(node)

    def block(self, statements: list[Statement]) -> None:
        """Lower statements in order."""
        for statement in statements:
            self.file.lowerings.statements[type(statement)](self, statement)

    # Paths

    def join(self, paths: list[tuple[int, Environment]]) -> None:
        """Continue where several paths meet; paths that have ended do not."""
        open_paths = [path for path in paths if path[0] != ENDED]
        if not open_paths:
            self.at = ENDED
            return
        self.at, self.environment = open_paths[0][0], open_paths[0][1]
        for at, environment in open_paths[1:]:
            self.environment = self.merge((self.at, self.environment), (at, environment))
            self.at = self.common(self.at, at)

    def common(self, first: int, second: int) -> int:
        """Return the last event certain on both of two paths."""
        while first != second:
            if first > second:
                first = self.events[first].dominator
            else:
                second = self.events[second].dominator
        return first

    def merge(self, first: Path, second: Path) -> Environment:
        """Return the names as they are after two paths meet."""
        if first[1] is second[1] or first[1] == second[1]:
            return first[1]
        merged = dict(first[1])
        for name, value in second[1].items():
            other = merged.get(name, value)
            if other != value:
                position = self.values[value]
                merged[name] = self.value("phi", name, (other, value), position)
                self.names.setdefault(name, []).append(merged[name])
                self.joins[merged[name]] = (first[0], second[0])
            else:
                merged[name] = value
        return merged

    def assume(self, condition: int, truth: bool, node: Expression) -> None:
        """Record that a condition is known from here on."""
        if self.at != ENDED:
            self.emit("true" if truth else "false", condition, node)

    # Results

    def finish(
        self, place: Located, head_end: int, name_start: int, docstring: str, signature: Signature
    ) -> FunctionFacts:
        """Return the facts of the body."""
        return FunctionFacts(
            name=self.name,
            qualname=self.qualname,
            kind=self.kind,
            parent=self.parent.index if self.parent else -1,
            parameters=signature.parameters,
            decorators=signature.decorators,
            bases=signature.bases,
            values=tuple(self.values),
            events=tuple(self.events),
            names={name: tuple(values) for name, values in self.names.items()},
            is_async=signature.is_async,
            is_generator=self.is_generator,
            falls=self.at,
            start=place.start,
            end=place.end,
            head_end=head_end,
            name_start=name_start,
            digest=_digest(self.values, self.events),
            docstring="" if secret_kind(docstring) else docstring[:MAX_TEXT],
            joins=self.joins,
            returns=signature.returns,
        )

    def is_local_above(self, name: str) -> bool:
        """Tell whether an enclosing function (not the module, not a class) binds the name."""
        scope = self.parent
        while scope is not None and scope.kind != "module":
            if scope.kind != "class" and name in scope.names:
                return True
            scope = scope.parent
        return False


def _digest(values: list[Value], events: list[Event]) -> str:
    # Without places, so that it stays the same when the body is moved.
    content = [(value.op, "" if value.op in _CONTENTS else value.text, value.args, value.names) for value in values]
    flow = [(event.kind, event.value, event.dominator, event.text) for event in events]
    return hashlib.blake2b(msgspec.msgpack.encode((content, flow)), digest_size=8).hexdigest()
