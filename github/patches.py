"""Patches as GitHub lists them: the hunks, and on which lines a review comment can stand."""

import enum
import re
from collections.abc import Iterator, Mapping

import msgspec

# Nine digits: far beyond any file, and cheap to read.
HEADER = re.compile(r"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@")


class Side(enum.StrEnum):
    """GitHub's side of a diff: deletions are LEFT, additions and context RIGHT."""

    LEFT = "LEFT"
    RIGHT = "RIGHT"


class Anchor(enum.StrEnum):
    """Whether a review comment can stand there; unknown means that GitHub gave no readable patch."""

    VALID = "valid"
    INVALID = "invalid"
    UNKNOWN = "unknown"


class MalformedPatch(ValueError):
    """A patch that does not add up."""


class Hunk(msgspec.Struct, frozen=True):
    """One hunk; lines are 1-based, `added` numbers lines of the head and `deleted` lines of the base."""

    base_start: int
    base_count: int
    head_start: int
    head_count: int
    added: frozenset[int] = frozenset()
    deleted: frozenset[int] = frozenset()

    def holds(self, line: int, side: Side) -> bool:
        """Tell whether a comment can stand on a line: LEFT takes deletions, RIGHT additions and context."""
        if side is Side.LEFT:
            return line in self.deleted
        return self.head_start <= line < self.head_start + self.head_count

    def blocks(self) -> Iterator[tuple[int, int, int, int]]:
        """Yield the runs of changed lines as (first base line, number, first head line, number)."""
        base, head = self.base_start, self.head_start
        base_end, head_end = base + self.base_count, head + self.head_count
        while base < base_end or head < head_end:
            first = (base, head)
            while base in self.deleted or head in self.added:
                base += base in self.deleted
                head += head in self.added
            if (base, head) != first:
                yield first[0], base - first[0], first[1], head - first[1]
            else:
                base, head = base + 1, head + 1


class Diff(msgspec.Struct, frozen=True):
    """The hunks of the changed files by head path; None where GitHub gave no readable patch."""

    hunks: Mapping[str, tuple[Hunk, ...] | None]

    def anchor(self, path: str, start_line: int | None, line: int, side: Side = Side.RIGHT) -> Anchor:
        """Tell whether a comment from `start_line` (None: one line) to `line` lies in one hunk.

        A renamed file is anchored by its new path on both sides.
        """
        hunks = self.hunks.get(path, ())
        if hunks is None:
            return Anchor.UNKNOWN
        first = line if start_line is None else start_line
        inside = any(hunk.holds(first, side) and hunk.holds(line, side) for hunk in hunks)
        return Anchor.VALID if inside and first <= line else Anchor.INVALID


def parse_patch(patch: str) -> tuple[Hunk, ...]:
    """Read the hunks of one file's patch (no file header); raise MalformedPatch.

    Only a line feed ends a line: a carriage return, a form feed or a Unicode separator is part of the text.
    """
    lines = patch.removesuffix("\n").split("\n") if patch else []
    hunks: list[Hunk] = []
    at = 0
    while at < len(lines):
        hunk, at = _read_hunk(lines, at)
        if hunks and not _follows(hunks[-1], hunk):
            raise MalformedPatch("hunks overlap")
        hunks.append(hunk)
    return tuple(hunks)


def _read_hunk(lines: list[str], at: int) -> tuple[Hunk, int]:
    match = HEADER.match(lines[at])
    if match is None:
        raise MalformedPatch("no hunk header")
    base_start, base_count, head_start, head_count = (1 if text is None else int(text) for text in match.groups())
    base, head = base_start, head_start
    base_end, head_end = base_start + base_count, head_start + head_count
    added, deleted = set(), set()
    at += 1
    while base < base_end or head < head_end:
        mark = lines[at][:1] if at < len(lines) else "end"
        if mark == "+":
            added.add(head)
        elif mark == "-":
            deleted.add(base)
        elif mark not in (" ", "", "\\"):
            raise MalformedPatch("a hunk is shorter than its header says")
        base += mark in ("-", " ", "")
        head += mark in ("+", " ", "")
        at += 1
    if base > base_end or head > head_end:
        raise MalformedPatch("a hunk is longer than its header says")
    while at < len(lines) and lines[at].startswith("\\"):
        at += 1
    return Hunk(base_start, base_count, head_start, head_count, frozenset(added), frozenset(deleted)), at


def _follows(before: Hunk, after: Hunk) -> bool:
    return (
        after.base_start >= before.base_start + before.base_count
        and after.head_start >= before.head_start + before.head_count
    )
