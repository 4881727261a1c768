"""Where a text is put together that something further down runs, sends or opens."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from analyzers.authority.rows import Row
from analyzers.facts import Event
from analyzers.finding import Location
from analyzers.flow.effects import Effect
from analyzers.flow.guards import Place
from analyzers.flow.labels import Labels, is_chosen
from analyzers.flow.operands import PATH, Operand
from analyzers.flow.shapes import Piece, Shape, is_open
from analyzers.flow.summaries import Flow
from analyzers.project.program import Function

MAX_DEPTH = 12
MAX_VALUES = 60
Origin = tuple[str, int, int]


class Site(NamedTuple):
    """A call in a function: where what a caller wrote and what the program wrote become one text."""

    function: Function
    start: int
    end: int

    @property
    def place(self) -> Place:
        """The site as path, line and symbol."""
        line = self.function.file.facts.lines.line(self.start)
        return Place(self.function.file.path, line, self.function.facts.qualname)

    @property
    def location(self) -> Location:
        """The site as a location."""
        return self.function.location(self.start, self.end)


def is_composed(shape: Shape) -> bool:
    """Tell whether a shape holds more than one part that a caller may have written."""
    return (
        any(is_open(piece) for piece in shape) and sum(bool(piece.text.strip() or piece.labels) for piece in shape) > 1
    )


def _is_made(shape: Shape, role: str) -> bool:
    """Tell whether a text is put together here: fixed names behind a path that is given do not make that path."""
    first, *others = [piece for piece in shape if piece.text or piece.labels] or [Piece()]
    return is_composed(shape) and (role != PATH or not is_open(first) or any(map(is_open, others)))


class SiteReader:
    """Finds the calls at which texts are complete; what calls do is kept: many ways lead through the same ones."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        # Of each function, the calls that lead to an effect, with the effect as each of them has it.
        self._leading: dict[str, dict[Origin, list[tuple[Event, Effect]]]] = {}
        self._files: dict[str, dict[tuple[int, int], Function]] = {}

    def trim(self) -> None:
        """Let go of what can be found again."""
        self._leading.clear()
        self._files.clear()

    def origin_of(self, effect: Effect) -> Site | None:
        """Return the effect's own call."""
        path, start, end = effect.origin
        calls = self._files.get(path)
        if calls is None:
            # Of several functions around a call the outermost counts.
            functions = reversed(self._flow.program.files[path].functions)
            calls = {(event.start, event.end): function for function in functions for event in function.calls()}
            self._files[path] = calls
        function = calls.get((start, end))
        return None if function is None else Site(function, start, end)

    def site_of(self, row: Row, effect: Effect, role: str) -> Site | None:
        """Return the call on the way from an entry point to an effect at which its text is complete."""
        origin = self.origin_of(effect)
        if origin is not None and self._is_complete(origin, effect, role):
            return origin
        function = _first(row)
        passed: set[str] = set()
        while function is not None and len(passed) < MAX_DEPTH:
            passed.add(function.id)
            found = next(self._steps(function, effect, role, passed), None)
            if found is None:
                return origin
            event, inner = found
            if inner is None:
                effects = self._restated(function, event, effect)
                is_here = any(_is_made(shape, role) for found in effects for shape in shapes_of(found, role))
                return Site(function, event.start, event.end) if is_here else origin
            function = inner
        return origin

    def _steps(
        self, function: Function, effect: Effect, role: str, passed: set[str]
    ) -> Iterator[tuple[Event, Function | None]]:
        """Yield the calls that lead to an effect, each with the function where its text is complete, None for here."""
        for event in self._calls(function, effect, role):
            callees = _called(self._flow, function, event)
            inner = [callee for callee in callees if _completes(self._flow, callee, effect, role)]
            onward = next((callee for callee in inner if callee.id not in passed), None)
            if onward is not None or not inner:
                yield event, onward

    def _calls(self, function: Function, effect: Effect, role: str) -> Iterator[Event]:
        """Yield the calls that lead to an effect with the constant text that it has in the end, or a part of it."""
        text = {_constant(shape) for shape in shapes_of(effect, role)}
        last = None
        for event, found in self._led(function, effect):
            if event is last:
                continue
            if any(_constant(shape) in text and any(map(is_open, shape)) for shape in shapes_of(found, role)):
                last = event
                yield event

    def _restated(self, function: Function, event: Event, effect: Effect) -> list[Effect]:
        """Return an effect as a function sees it that has it by a call."""
        return [found for call, found in self._led(function, effect) if call is event]

    def _led(self, function: Function, effect: Effect) -> Sequence[tuple[Event, Effect]]:
        """Return the calls of a function that lead to an effect, each with the effect as it has it there."""
        known = self._leading.get(function.id)
        if known is None:
            known = self._leading[function.id] = {}
            for event in function.calls():
                for found in self._flow.effects_of(function, event):
                    known.setdefault(found.origin, []).append((event, found))
        return known.get(effect.origin, ())

    def _is_complete(self, origin: Site, effect: Effect, role: str) -> bool:
        """Tell whether a text is put together in the effect's own call."""
        return any(
            _is_made(shape, role)
            for event, found in self._led(origin.function, effect)
            if (event.start, event.end) == (origin.start, origin.end)
            for shape in shapes_of(found, role)
        )

    def maker_of(self, site: Site, effect: Effect, role: str) -> Site:
        """Return what a function gives back that puts the text of a site together for it, else the site."""
        made = {(text, _parts(shape)) for shape in shapes_of(effect, role) if (text := _constant(shape))}
        written = _written(shape for found in self._effects_at(site, effect) for shape in shapes_of(found, role))
        seen: set[str] = set()
        while site.function.id not in seen:
            seen.add(site.function.id)
            for maker, shape, given in _makers(self._flow, site):
                if written and not written & _written((given,)):
                    continue
                whole, parts = _constant(shape), _parts(shape)
                # What is opened may be the folder of what was made, or a file of one name in it.
                if any(
                    whole == text
                    or (len(seen) == 1 and whole.startswith(text))
                    or (whole and text.startswith(whole) and parts == others)
                    for text, others in made
                ):
                    site, made, written = maker, {(whole, parts)}, _written((shape,))
                    break
        return site

    def _effects_at(self, site: Site, effect: Effect) -> Iterator[Effect]:
        """Yield an effect as the function of a site sees it."""
        for event in site.function.calls():
            if (event.start, event.end) == (site.start, site.end):
                yield from self._restated(site.function, event, effect)


def _written(shapes: Iterable[Shape]) -> Labels:
    """Return whose parts texts are, whatever became of them on the way."""
    return frozenset(label[1:] for shape in shapes for piece in shape for label in piece.labels if is_chosen(label))


def _parts(shape: Shape) -> int:
    """Return how many parts of a text are not constant."""
    return sum(bool(piece.labels) for piece in shape)


def _makers(flow: Flow, site: Site) -> Iterator[tuple[Site, Shape, Shape]]:
    """Yield the returns of called functions that a call at a site is given the texts of.

    Each with its shape, as the called function sees it and as the calling one does.
    """
    function, values = site.function, site.function.facts.values
    waiting = [index for index, node in enumerate(values) if (node.start, node.end) == (site.start, site.end)]
    seen: set[int] = set()
    while waiting and len(seen) < MAX_VALUES:
        value = waiting.pop()
        if value < 0 or value in seen:
            continue
        seen.add(value)
        # What a call is a method of and its first arguments come before all that it is given besides.
        waiting.extend(reversed(values[value].args))
        for callee, _ in flow.resolver.functions(function, values[value].args[0]) if values[value].op == "call" else ():
            for event in callee.facts.events:
                if event.kind != "return" or event.value < 0:
                    continue
                shape = flow.shapes.shape(callee, event.value)
                if is_composed(shape):
                    made = callee.facts.values[event.value]
                    yield Site(callee, made.start, made.end), shape, flow.shapes.shape(function, value)


def _first(row: Row) -> Function | None:
    branch = row.entry.branch
    return row.entry.handler if branch is None else branch.handler or branch.function


def _constant(shape: Shape) -> str:
    return "".join(piece.text for piece in shape)


def _called(flow: Flow, function: Function, event: Event) -> Iterator[Function]:
    for argument in function.facts.values[event.value].args:
        for callee, _ in flow.resolver.functions(function, argument):
            yield callee


def _completes(flow: Flow, callee: Function, effect: Effect, role: str) -> bool:
    return any(
        _is_made(shape, role)
        for found in flow.summary(callee).effects
        if found.origin == effect.origin
        for shape in shapes_of(found, role)
    )


def shapes_of(effect: Effect, role: str) -> Iterator[Shape]:
    """Yield the texts that an effect has in a role; of an address, `url`."""
    if role == "url":
        yield effect.url
    operands: tuple[Operand, ...] = effect.operands
    yield from (operand.shape for operand in operands if operand.role == role)
