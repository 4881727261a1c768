"""Which changed line made a column of a row worse or better.

What a column of the base rested on and the change deleted comes first where protection was lost, what the head rests
on and the change added where reach was won. A line that was only deleted is a place of the base.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from analyzers.authority.rows import Row
from analyzers.authority.supports import Support, Supports
from analyzers.finding import Edit, Location, Position, Side, Span
from analyzers.frameworks.mcp import ROOTS
from analyzers.project.program import Program
from analyzers.tree import Change, Hunk

PROTECTION = ("authentication", "authorization", "audit")
VERSIONED = ("authentication", "authorization")
MAX_RESTORED = 20


class Spot(NamedTuple):
    """A changed line of one tree, with what stood or stands there.

    `sure` tells that the column rests on it. `symbol` tells it from others in its file, whatever the lines are.
    """

    side: Side
    path: str
    line: int
    symbol: str
    what: str
    sure: bool


class Causes:
    """Finds causes between two analysed trees."""

    def __init__(
        self, change: Change, before: Supports, after: Supports, base_texts: Mapping[str, bytes] | None = None
    ) -> None:
        self.change = change
        self.before = before
        self.after = after
        self.base_texts = base_texts or {}
        self._known: dict[tuple[str, str, str, bool], Spot | None] = {}

    def of(self, before: Row, after: Row, column: str, *, worse: bool) -> Spot | None:
        """Return the changed line behind the difference of a column, None where none was found."""
        key = (before.key, after.key, column, worse)
        if key not in self._known:
            self._known[key] = self._find(before, after, column, worse=worse)
        return self._known[key]

    def _find(self, before: Row, after: Row, column: str, *, worse: bool) -> Spot | None:
        if column == "authentication" and before.transport == "stdio" != after.transport:
            # Its own user was never asked who they are: what opened the server is the cause, not what it is made of.
            column = "transport"
        if column == "authorization" and worse and before.authorization.kind == "downstream":
            # The service asked the caller's own credential, until another one was sent.
            column = "credentials"
        lost = self._found(self._lost, self.before.of(before, column), sure=True)
        won = self._found(self._won, self.after.of(after, column), sure=True)
        versions = self._versions(after) if column in VERSIONED else ()
        lost_first = worse == (column in PROTECTION)
        order: tuple[Iterable[Spot], ...] = (lost, won) if lost_first else (won, lost)
        near = (
            self._found(self._won, self.after.around(after), sure=False),
            self._found(self._lost, self.before.around(before), sure=False),
        )
        return next((spot for spots in (*order, versions, *near) for spot in spots), None)

    def of_new(self, row: Row) -> Spot | None:
        """Return the changed line that declares a new row."""
        return next(self._found(self._won, self.after.of(row, "authorization"), sure=True), None)

    def _found(
        self, look: Callable[[Support], Spot | None], supports: Iterable[Support], *, sure: bool
    ) -> Iterator[Spot]:
        for support in supports:
            spot = look(support)
            if spot is not None:
                yield spot._replace(sure=sure)

    def _lost(self, support: Support) -> Spot | None:
        """Return where lines of the base were deleted or replaced."""
        path = self.change.head_path(support.path)
        if path is None:
            return Spot(Side.BASE, support.path, support.first, support.symbol, support.what, True)
        for block in self.change.runs(path):
            first = max(support.first, block.base_start)
            if first <= min(support.last, block.base_start + block.base_count - 1):
                if not block.head_count:
                    return Spot(Side.BASE, support.path, first, support.symbol, support.what, True)
                line = block.head_start + min(first - block.base_start, block.head_count - 1)
                return Spot(Side.HEAD, path, line, support.symbol, support.what, True)
        return None

    def _won(self, support: Support) -> Spot | None:
        """Return where lines of the head were added or replace others."""
        for block in self.change.runs(support.path):
            first = max(support.first, block.head_start)
            if first <= min(support.last, block.head_start + block.head_count - 1):
                return Spot(Side.HEAD, support.path, first, support.symbol, support.what, True)
        return None

    # Dependencies

    def _versions(self, row: Row) -> Iterator[Spot]:
        """Yield where the required version of an MCP framework changed."""
        before, after = self.before.flow.program, self.after.flow.program
        root = after.package_root(row.entry.declared.function.file.path)
        paths = sorted(after.files.keys() | before.files.keys(), key=lambda path: (not path.endswith(".lock"), path))
        for path in paths:
            if after.package_root(path) == root:
                yield from self._changed_pins(path, before, after)

    def _changed_pins(self, path: str, before: Program, after: Program) -> Iterator[Spot]:
        old, new = before.files.get(path), after.files.get(path)
        for name in ROOTS:
            was = old.facts.pins.get(name) if old is not None else None
            now = new.facts.pins.get(name) if new is not None else None
            if was == now:
                continue
            what = f"the version of `{name}`"
            if new is not None and name in new.facts.pin_lines:
                yield Spot(Side.HEAD, path, new.facts.pin_lines[name], name, what, True)
            elif old is not None and name in old.facts.pin_lines:
                yield Spot(Side.BASE, path, old.facts.pin_lines[name], name, what, True)

    # The place, and what undoes it

    def location(self, spot: Spot) -> Location:
        """Return the whole line of a spot."""
        program = (self.before if spot.side is Side.BASE else self.after).flow.program
        file = program.files.get(spot.path)
        if file is None:
            return Location(spot.path, Span(Position(spot.line, 1), Position(spot.line, 1)), spot.side)
        lines = file.facts.lines
        start = lines.starts[min(spot.line, len(lines.starts)) - 1]
        end = lines.starts[spot.line] - 1 if spot.line < len(lines.starts) else lines.size
        return Location(spot.path, lines.span(start, end), spot.side)

    def undone(self, spot: Spot) -> tuple[Edit, ...]:
        """Return the edit of the head that puts back what the change deleted around a spot, none where that is long."""
        path = self.change.head_path(spot.path) if spot.side is Side.BASE else spot.path
        block = next((block for block in self.change.blocks.get(path or "", ()) if _holds(block, spot)), None)
        base = next((old for old, new in self.change.renames.items() if new == path), path)
        text = self.base_texts.get(base or "")
        if path is None or block is None or text is None or not 0 < block.base_count <= MAX_RESTORED:
            return ()
        if block.head_count > MAX_RESTORED:
            return ()
        lines = text.split(b"\n")[block.base_start - 1 : block.base_start - 1 + block.base_count]
        restored = b"".join(line + b"\n" for line in lines).decode("utf-8", "replace")
        start, end = Position(block.head_start, 1), Position(block.head_start + block.head_count, 1)
        return (Edit(path, start, end, restored),)

    def is_one_change(self, spot: Spot, path: str, line: int) -> bool:
        """Tell whether a line of the head lies in the same run of changed lines as a spot."""
        return spot.side is Side.HEAD and any(
            _holds(block, spot) and block.head_start <= line < block.head_start + block.head_count
            for block in self.change.runs(path)
            if path == spot.path
        )


def _holds(block: Hunk, spot: Spot) -> bool:
    if spot.side is Side.BASE:
        return block.base_start <= spot.line < block.base_start + block.base_count
    return block.head_start <= spot.line < block.head_start + block.head_count
