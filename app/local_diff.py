"""What `git diff-tree --raw -p -z` says: which files changed, and their hunks."""

from collections.abc import Iterator

import msgspec
import re2

_HUNK = re2.compile(rb"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


class LineRange(msgspec.Struct, frozen=True):
    """Where a hunk lies, context included: 1-based first lines and numbers of lines."""

    base_start: int
    base_count: int
    head_start: int
    head_count: int


class FileDiff(msgspec.Struct, frozen=True):
    """One changed file; `base` is "" when it was added, `head` when it was deleted."""

    base: str
    head: str
    hunks: tuple[LineRange, ...] = ()


def parse_diff(output: bytes) -> tuple[FileDiff, ...]:
    """Read raw records, ended by NUL, and the patches that follow them in the same order."""
    records, patches = _records(output)
    sections = _sections(patches)
    return tuple(
        FileDiff(base, head, tuple(hunk for _ in range(count) for hunk in next(sections, ())))
        for base, head, count in records
    )


def _records(output: bytes) -> tuple[list[tuple[str, str, int]], bytes]:
    records: list[tuple[str, str, int]] = []
    position = 0
    while output.startswith(b":", position):
        described, first, position = _field(output, position)
        status = described.split()[-1][:1]
        base = head = first
        if status in b"RC":
            head, position = _name(output, position)
        if status == b"A":
            base = ""
        if status == b"D":
            head = ""
        # A changed type (file to link) is shown as a deletion and an addition.
        records.append((base, head, 2 if status == b"T" else 1))
    return records, output[position:].removeprefix(b"\0")


def _field(output: bytes, position: int) -> tuple[bytes, str, int]:
    end = output.index(b"\0", position)
    name, after = _name(output, end + 1)
    return output[position:end], name, after


def _name(output: bytes, position: int) -> tuple[str, int]:
    end = output.index(b"\0", position)
    return output[position:end].decode(errors="backslashreplace"), end + 1


def _sections(patches: bytes) -> Iterator[list[LineRange]]:
    section: list[LineRange] | None = None
    position = 0
    while position < len(patches):
        end = patches.find(b"\n", position) + 1 or len(patches)
        if patches.startswith(b"diff --git ", position):
            if section is not None:
                yield section
            section = []
        hunk = _HUNK.match(patches[position : min(end, position + 80)])
        position = end
        if hunk and section is not None:
            section.append(_range(hunk.groups()))
            position = _behind(patches, end, section[-1])
    if section is not None:
        yield section


def _range(groups: tuple[bytes | None, ...]) -> LineRange:
    base_start, base_count, head_start, head_count = (1 if group is None else int(group) for group in groups)
    return LineRange(base_start, base_count, head_start, head_count)


def _behind(patches: bytes, position: int, hunk: LineRange) -> int:
    # Counted, not searched: a line of the file may look like the start of another patch.
    base, head = hunk.base_count, hunk.head_count
    while (base > 0 or head > 0) and position < len(patches):
        mark = patches[position : position + 1]
        base -= mark in b" -"
        head -= mark in b" +"
        position = patches.find(b"\n", position) + 1 or len(patches)
    return position
