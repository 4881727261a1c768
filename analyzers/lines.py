"""Where a byte offset lies in a file, in lines and columns as GitHub and SARIF count them."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

import msgspec

from analyzers.finding import Position, Span

_FOREIGN = re.compile(rb"[\x80-\xff]+")
# Maximal runs of characters of two, three and four UTF-8 bytes.
_WIDE = re.compile(rb"([\xc2-\xdf][\x80-\xbf])+|([\xe0-\xef][\x80-\xbf]{2})+|([\xf0-\xf4][\x80-\xbf]{3})+")


class Run(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Neighbouring characters outside ASCII that all take `width` UTF-8 bytes; `start` and `end` are byte offsets."""

    start: int
    end: int
    width: int

    def units(self, start: int, end: int) -> int:
        """Return the UTF-16 units of the run's characters that begin in the byte range."""
        first, last = max(start, self.start), min(end, self.end)
        characters = max(0, (last - first + self.width - 1) // self.width)
        return characters * (2 if self.width == 4 else 1)


class LineIndex(msgspec.Struct, frozen=True, array_like=True):
    """The line starts of one UTF-8 text, and its characters outside ASCII as runs; holds nothing of the text itself.

    A line ends at a line feed only, whatever else the language takes for one. Columns count UTF-16 units.
    """

    starts: list[int]
    size: int
    runs: list[Run]

    @classmethod
    def build(cls, text: bytes) -> "LineIndex":
        """Index a UTF-8 text."""
        starts = [0]
        starts.extend(match.end() for match in re.finditer(rb"\n", text))
        if text.isascii():
            return cls(starts, len(text), [])
        return cls(starts, len(text), list(_runs(text)))

    def line(self, offset: int) -> int:
        """Return the 1-based line of a byte offset."""
        return bisect_right(self.starts, offset)

    def position(self, offset: int) -> Position:
        """Return the line and column of a byte offset; one behind the text is taken for its end."""
        offset = min(max(offset, 0), self.size)
        line = self.line(offset)
        start = self.starts[line - 1]
        column = offset - start
        for run in self._runs_between(start, offset):
            inside = min(run.end, offset) - run.start
            column += run.units(run.start, offset) - inside
        return Position(line, column + 1)

    def span(self, start: int, end: int) -> Span:
        """Return the span of a byte range."""
        return Span(self.position(start), self.position(end))

    def offset(self, position: Position) -> int:
        """Return the byte offset of a line and column; one behind its line is taken for the line's end."""
        line = min(max(position.line, 1), len(self.starts))
        start, end = self.starts[line - 1], self.end_of(line)
        offset, left = start, max(position.column, 1) - 1
        for run in self._runs_between(start, end):
            plain = run.start - offset
            if left <= plain:
                break
            left -= plain
            characters = min(left // (2 if run.width == 4 else 1), (run.end - run.start) // run.width)
            offset = run.start + characters * run.width
            left -= characters * (2 if run.width == 4 else 1)
            if offset < run.end:
                return offset
        return min(offset + left, end)

    def end_of(self, line: int) -> int:
        """Return the byte offset of a 1-based line's end, before its line feed."""
        return self.starts[line] - 1 if line < len(self.starts) else self.size

    def _runs_between(self, start: int, end: int) -> list[Run]:
        if not self.runs:
            return []
        first = bisect_left(self.runs, start, key=_start)
        return self.runs[first : bisect_left(self.runs, end, key=_start)]


def _runs(text: bytes) -> Iterator[Run]:
    # Most text is ASCII, which the simpler pattern passes over many times faster.
    for foreign in _FOREIGN.finditer(text):
        for match in _WIDE.finditer(text, *foreign.span()):
            yield Run(match.start(), match.end(), (match.lastindex or 0) + 1)


def _start(run: Run) -> int:
    return run.start
