"""The functions and modules of a whole tree, and which module an import names."""

import posixpath
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import TypeVar

from analyzers.facts import Event, FileFacts, FunctionFacts, Value
from analyzers.finding import Location
from analyzers.project.index import Index, Mention, mentions_of
from analyzers.project.layout import Layout
from analyzers.roles import Role, role_of
from analyzers.walks import reached

Item = TypeVar("Item")


class Function:
    """One function, class body or module of the program. `id` is unique in the program and stable for its files."""

    __slots__ = ("_raising", "events_by_value", "facts", "file", "id", "index")

    def __init__(self, file: "File", index: int, facts: FunctionFacts, identity: str) -> None:
        self.file = file
        self.index = index
        self.facts = facts
        self.id = identity
        self.events_by_value: dict[int, int] | None = None
        self._raising: frozenset[tuple[str, int]] | None = None

    def __repr__(self) -> str:
        return f"<{self.facts.kind} {self.id}>"

    @property
    def parent(self) -> "Function | None":
        """The enclosing function, class body or module; None for a module."""
        return self.file.functions[self.facts.parent] if self.facts.parent >= 0 else None

    @property
    def owner(self) -> "Function | None":
        """The class of a method."""
        return self.parent if self.facts.kind == "method" else None

    @property
    def line(self) -> int:
        """The line of the function's name."""
        return self.file.facts.lines.line(self.facts.name_start)

    def value(self, index: int) -> Value:
        """Return one value."""
        return self.facts.values[index]

    def event_of(self, value: int) -> int:
        """Return the index of the call event that computes a value, -1 when it is no call."""
        if self.events_by_value is None:
            self.events_by_value = {
                event.value: index for index, event in enumerate(self.facts.events) if event.kind == "call"
            }
        return self.events_by_value.get(value, -1)

    def calls(self) -> Iterator[Event]:
        """Yield the call events in program order."""
        return (event for event in self.facts.events if event.kind == "call")

    def raises_behind(self, kind: str, value: int) -> bool:
        """Tell whether an error is raised behind one outcome of a condition: `kind` is `true` or `false`."""
        if self._raising is None:
            events = self.facts.events
            seen: set[int] = set()
            for event in events:
                step = event.dominator if event.kind == "raise" else -1
                while step >= 0 and step not in seen:
                    seen.add(step)
                    step = events[step].dominator
            self._raising = frozenset((events[step].kind, events[step].value) for step in seen)
        return (kind, value) in self._raising

    def made_of(self, *values: int, most: int | None = None) -> Iterator[int]:
        """Yield some values and all that they are made of, each once and the nearest first, at the most so many."""
        waiting, seen = deque(values), set[int]()
        while waiting and (most is None or len(seen) < most):
            value = waiting.popleft()
            if value >= 0 and value not in seen:
                seen.add(value)
                yield value
                waiting.extend(self.facts.values[value].args)

    def chain(self, event: int) -> Iterator[Event]:
        """Yield the events certain to have completed before and including this one, latest first."""
        events = self.facts.events
        while event >= 0:
            yield events[event]
            event = events[event].dominator

    def ways_to(self, event: int) -> dict[int, str]:
        """Return how conditions came out before an event is over, `true` or `false`, by their value."""
        return {step.value: step.kind for step in self.chain(event) if step.kind in ("true", "false")}

    def location(self, start: int, end: int) -> Location:
        """Return a byte range of the function's file as a location."""
        return self.file.location(start, end)

    def name_of(self, value: int) -> str:
        """Return the name that a value is bound to or read by."""
        bound = (name for name, values in self.facts.names.items() if value in values)
        return next(bound, self.facts.values[value].text.rpartition("|")[2])

    def line_of(self, value: int) -> int:
        """Return the line on which a value is computed."""
        return self.file.facts.lines.line(self.facts.values[value].start)


class File:
    """One source file of the program."""

    __slots__ = ("_functions", "_index", "_mentions", "directory", "facts", "is_package", "path")

    def __init__(self, path: str, facts: FileFacts) -> None:
        self.facts = facts
        self.path = path
        self.directory, name = posixpath.split(path)
        self.is_package = name == "__init__.py"
        self._functions: list[Function] | None = None
        self._index: Index | None = None
        self._mentions: dict[str, list[Mention]] | None = None

    @property
    def is_source(self) -> bool:
        """Whether the file has functions."""
        return bool(self.facts.body)

    @property
    def functions(self) -> list[Function]:
        """The functions of the file, first the module."""
        if self._functions is None:
            self._functions = [
                Function(self, index, function, f"{self.path}#{index}")
                for index, function in enumerate(self.facts.functions)
            ]
        return self._functions

    @property
    def index(self) -> Index:
        """What the file calls and assigns, by name."""
        if self._index is None:
            self._index = Index(self.functions)
        return self._index

    @property
    def mentions(self) -> dict[str, list[Mention]]:
        """What calls of the file are made of and given, by name."""
        if self._mentions is None:
            self._mentions = mentions_of(self.functions)
        return self._mentions

    @property
    def module(self) -> Function:
        """The module's own body."""
        return self.functions[0]

    def may_name(self, names: Iterable[str]) -> bool:
        """Tell whether one of some names stands anywhere in the file's facts, packed as they are."""
        return any(name.encode() in self.facts.body for name in names)

    def is_free_for(self, name: str, module: str = "") -> bool:
        """Tell whether `import name`, or `from module import name`, takes no name that means something else here."""
        imported = f"{module}|{name}" if module else f"{name}|"
        return not any(
            function.facts.values[value].text != imported
            for function in self.functions
            for value in function.facts.names.get(name, ())
        )

    def location(self, start: int, end: int) -> Location:
        """Return a byte range as a location."""
        return Location(self.path, self.facts.lines.span(start, end))

    def line_location(self, line: int) -> Location:
        """Return a whole line as a location."""
        lines = self.facts.lines
        return self.location(lines.starts[line - 1], lines.end_of(line))


class Program:
    """Every file that was read, with its modules by name.

    `sources` are those whose calls count: what ships, its examples, and whatever these import. What a test passes to a
    function says nothing of what the product passes. `kept` are files of another program that are as they were there.
    """

    def __init__(self, files: Mapping[str, FileFacts], kept: Mapping[str, File] = MappingProxyType({})) -> None:
        self.files = {path: kept.get(path) or File(path, files[path]) for path in sorted(files)}
        every = [file for file in self.files.values() if file.is_source]
        self._layout = Layout(self.files, [file.path for file in every])
        linked = self.closure(file for file in every if role_of(file.path) in (Role.PRODUCT, Role.EXAMPLE))
        self.sources = [file for file in every if file.path in linked]

    def package_root(self, path: str) -> str:
        """Return the folder of the nearest manifest above a file, "" for the root of the tree."""
        return self._layout.package_root(path)

    def closure(self, roots: Iterable[File]) -> set[str]:
        """Return the paths of files and of everything that they import, directly or not."""
        return set(reached((file.path for file in roots), self._imported))

    def _imported(self, path: str) -> Iterator[str]:
        importer = self.files[path]
        for statement in importer.facts.imports:
            yield from self._layout.imported(statement, importer.directory)

    def importers(self) -> dict[str, set[str]]:
        """Return the paths of the files that import each file."""
        found: dict[str, set[str]] = {}
        for importer in self.sources:
            for statement in importer.facts.imports:
                for path in self._layout.imported(statement, importer.directory):
                    found.setdefault(path, set()).add(importer.path)
        return found

    def functions(self) -> Iterator[Function]:
        """Yield every function of the sources in the order of paths and positions."""
        for file in self.sources:
            yield from file.functions

    def function(self, identity: str) -> Function:
        """Return the function of an identity."""
        path, _, index = identity.rpartition("#")
        return self.files[path].functions[int(index)]

    def call_sites(self, name: str) -> list[tuple[Function, int]]:
        """Return the calls `name(...)` and `x.name(...)` of the whole program as (function, call value)."""
        return self._calls.get(name, [])

    @cached_property
    def computed_calls(self) -> list[tuple[Function, int]]:
        """The calls of what a table or another call gives, `TABLE[key](...)`, as (function, call value)."""
        return [site for file in self.sources for site in file.index.computed]

    def mentions(self, name: str) -> list[Mention]:
        """Return where calls are made of something of a name, or given it."""
        return self._mentions.get(name, [])

    def stores(self, name: str) -> list[tuple[Function, Event]]:
        """Return the assignments to attributes of a name, `x.name = ...`; those to entries for `[]`."""
        return self._stores.get(name, [])

    def every_store(self) -> Iterator[tuple[Function, Event]]:
        """Yield all assignments to attributes and entries; the text of the event is the name, or `[]`."""
        return (store for stores in self._stores.values() for store in stores)

    @cached_property
    def _calls(self) -> dict[str, list[tuple[Function, int]]]:
        return _joined(file.index.calls for file in self.sources)

    @cached_property
    def _mentions(self) -> dict[str, list[Mention]]:
        return _joined(file.mentions for file in self.sources)

    @cached_property
    def _stores(self) -> dict[str, list[tuple[Function, Event]]]:
        return _joined(file.index.stores for file in self.sources)

    def module(self, name: str, importer: File) -> File | None:
        """Return the file that `import name` in another file loads, None when it lies outside the tree.

        Relative names begin with dots. An absolute name counts when the folder that it starts from is on the
        importer's own path, or is the root of a package.
        """
        path = self._layout.module(name, importer.directory)
        return None if path is None else self.files[path]


def _joined(parts: Iterable[Mapping[str, list[Item]]]) -> dict[str, list[Item]]:
    found: dict[str, list[Item]] = {}
    for part in parts:
        for name, items in part.items():
            found.setdefault(name, []).extend(items)
    return found
