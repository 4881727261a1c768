"""What of a tree a fix may change: the files it edits, and the entry points that run the functions it edits."""

from collections.abc import Iterable, Iterator, Sequence, Set

import msgspec

from analyzers.finding import Edit
from analyzers.pairing import Reported
from analyzers.project.program import Function, Program
from analyzers.project.servers import EntryPoint, Server
from analyzers.project.targets import Reference
from analyzers.rule import Analysis

RUN = ("function", "bound", "class", "instance")


class Scope(msgspec.Struct, frozen=True):
    """A part of a tree: the files whose places are judged, and the keys of entry points that are left out."""

    paths: frozenset[str]
    unaffected: frozenset[str]

    def covers(self, entry: EntryPoint) -> bool:
        """Tell whether an entry point is judged; one that was not there before is."""
        return entry.key not in self.unaffected


def scope_of(analysis: Analysis, edits: Sequence[Edit], members: Iterable[Reported]) -> Scope:
    """Return what edits that were made for some findings may change in an analysed tree."""
    drafts = [member.draft for member in members]
    told = {row for draft in drafts for row in draft.rows}
    reader = _Reader(analysis, {function for edit in edits for function in _edited(analysis.program, edit)})
    unaffected = (row.key for row in analysis.rows if row.key not in told and not reader.runs(row.entry))
    paths = {edit.path for edit in edits} | {path for draft in drafts for path in (draft.path, draft.location.path)}
    return Scope(frozenset(paths), frozenset(unaffected))


def names_around(program: Program, edit: Edit) -> frozenset[str]:
    """Return the names of the functions that an edit is made in, none where it is made outside of all."""
    file = program.files.get(edit.path)
    if file is None or not file.is_source:
        return frozenset()
    start, end = (file.facts.lines.offset(position) for position in (edit.start, edit.end))
    inside = (function for function in file.functions[1:] if function.facts.kind != "class")
    return frozenset(function.facts.qualname for function in inside if _touches(function, start, end))


def _edited(program: Program, edit: Edit) -> Iterable[Function]:
    """Return the functions, classes and modules that an edit is made in; a new import in a module changes none."""
    file = program.files.get(edit.path)
    if file is None or not file.is_source:
        return ()
    start, end = (file.facts.lines.offset(position) for position in (edit.start, edit.end))
    touched = [function for function in file.functions[1:] if _touches(function, start, end)]
    if any(function.facts.kind != "class" for function in touched):
        return touched
    if touched:
        inner = touched[-1]
        return (*touched, *(function for function in file.functions if function.facts.parent == inner.index))
    if start < end:
        return file.functions
    is_import = all(line.startswith(("import ", "from ")) for line in edit.text.splitlines() if line)
    return () if is_import else (file.module,)


def _touches(function: Function, start: int, end: int) -> bool:
    """Tell whether a range lies in a function; what is put above its first line may decorate it."""
    lines = function.file.facts.lines
    first = lines.starts[lines.line(function.facts.start) - 1]
    return first <= end and start <= function.facts.end


class _Reader:
    """Finds what runs some functions."""

    def __init__(self, analysis: Analysis, edited: Set[Function]) -> None:
        self._analysis = analysis
        self._edited = edited
        self._running: dict[str, bool] = {}
        self._servers: dict[str, bool] = {}

    def runs(self, entry: EntryPoint) -> bool:
        """Tell whether an entry point is declared in one, or its handler or its server runs one."""
        if entry.declared.function in self._edited:
            return True
        around = (function for reference in (*entry.around, *entry.optional) for function in self._named(reference))
        handlers = (entry.handler, entry.inner, *around)
        return any(self._reaches(handler) for handler in handlers if handler is not None) or self._serves(entry.server)

    def _serves(self, server: Server) -> bool:
        """Tell whether a server, or one that it is mounted into, is made or started in one, or with one."""
        known = self._servers.get(server.id)
        if known is None:
            self._servers[server.id] = False
            known = any(self._is_wired(reference) for reference in _wiring(server))
            known = self._servers[server.id] = known or any(self._serves(parent) for parent in server.parents)
        return known

    def _is_wired(self, reference: Reference) -> bool:
        return reference.function in self._edited or any(map(self._reaches, self._named(reference)))

    def _named(self, reference: Reference) -> Iterator[Function]:
        """Yield the functions, and the methods of the classes, that a value is made of."""
        function = reference.function
        for value in function.made_of(reference.value):
            for target in self._analysis.flow.resolver.resolve(function, value):
                if target.function is None or target.kind not in RUN:
                    continue
                yield target.function
                if target.kind in ("class", "instance"):
                    yield from _methods(target.function)

    def _reaches(self, function: Function) -> bool:
        """Tell whether a function is one of them, or runs one."""
        known = self._running.get(function.id)
        if known is None:
            reached = {function: None}
            waiting = [function]
            while waiting and self._edited.isdisjoint(waiting):
                waiting = [item for one in waiting for item in self._analysis.flow.callees(one) if item not in reached]
                reached.update(dict.fromkeys(waiting))
            known = self._running[function.id] = bool(waiting)
        return known


def _wiring(server: Server) -> Iterator[Reference]:
    yield server.site
    yield from server.runs.values()
    yield from (*server.middleware, *server.asgi, *server.mounts)


def _methods(cls: Function) -> Iterator[Function]:
    return (function for function in cls.file.functions if function.facts.parent == cls.index)
