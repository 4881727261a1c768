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
    """One changed file; `base` is "" when it was added, `head` when it was deleted.

    `blocks` are the runs of changed lines inside the hunks, without context.
    """

    base: str
    head: str
    hunks: tuple[LineRange, ...] = ()
    blocks: tuple[LineRange, ...] = ()


class _Section(msgspec.Struct):
    """The hunks of one file's patch, and the runs of changed lines in them."""

    hunks: list[LineRange] = []
    blocks: list[LineRange] = []


def parse_diff(output: bytes) -> tuple[FileDiff, ...]:
    """Read raw records, ended by NUL, and the patches that follow them in the same order."""
    records, patches = _records(output)
    sections = _sections(patches)
    return tuple(_file(base, head, [next(sections, _Section()) for _ in range(count)]) for base, head, count in records)


def _file(base: str, head: str, sections: list[_Section]) -> FileDiff:
    hunks = tuple(hunk for section in sections for hunk in section.hunks)
    return FileDiff(base, head, hunks, tuple(block for section in sections for block in section.blocks))


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


def _sections(patches: bytes) -> Iterator[_Section]:
    section: _Section | None = None
    position = 0
    while position < len(patches):
        end = patches.find(b"\n", position) + 1 or len(patches)
        if patches.startswith(b"diff --git ", position):
            if section is not None:
                yield section
            section = _Section()
        hunk = _HUNK.match(patches[position : min(end, position + 80)])
        position = end
        if hunk and section is not None:
            section.hunks.append(_range(hunk.groups()))
            position = _read_hunk(patches, end, section)
    if section is not None:
        yield section


def _range(groups: tuple[bytes | None, ...]) -> LineRange:
    base_start, base_count, head_start, head_count = (1 if group is None else int(group) for group in groups)
    return LineRange(base_start, base_count, head_start, head_count)


def _read_hunk(patches: bytes, position: int, section: _Section) -> int:
    """Collect the runs of changed lines of the section's last hunk, and return where it ends."""
    # Counted, not searched: a line of the file may look like the start of another patch.
    hunk = section.hunks[-1]
    base, head = hunk.base_start, hunk.head_start
    base_end, head_end = base + hunk.base_count, head + hunk.head_count
    first: tuple[int, int] | None = None
    while (base < base_end or head < head_end) and position < len(patches):
        mark = patches[position : position + 1]
        if mark == b" " and first is not None:
            section.blocks.append(_block(first, base, head))
            first = None
        elif first is None and mark in b"+-":
            first = (base, head)
        base += mark in b" -"
        head += mark in b" +"
        position = patches.find(b"\n", position) + 1 or len(patches)
    if first is not None:
        section.blocks.append(_block(first, base, head))
    return position


def _block(first: tuple[int, int], base: int, head: int) -> LineRange:
    return LineRange(first[0], base - first[0], first[1], head - first[1])
