"""What changed between two commits, as the pull request's file list shows it, and its hunks."""

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from tests.standin import git

STATUSES = {"A": "added", "D": "removed", "M": "modified", "R": "renamed", "C": "copied", "T": "changed"}
PATCH_LIMIT_LINES = 20_000
PATCH_LIMIT_BYTES = 500_000
HUNK_HEADER = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """One file of a diff; patch is None where GitHub gives none (binary, too large, pure rename)."""

    path: str
    previous_path: str | None
    status: str
    sha: str
    additions: int
    deletions: int
    patch: str | None


@dataclass(frozen=True, slots=True)
class Hunk:
    """One hunk: the lines that can be commented on each side, and where it stands in both files."""

    left: frozenset[int]
    right: frozenset[int]
    kept: tuple[tuple[int, int], ...]
    old_start: int
    old_count: int
    shift: int


@lru_cache(maxsize=256)
def changed_files(repository: Path, base: str, head: str) -> tuple[ChangedFile, ...]:
    """Return the files that differ between two commits, renames found, in path order."""
    options = ("--no-ext-diff", "--no-textconv", "--no-color", "-M", "-l0")
    raw = git.run(repository, "diff", *options, "--raw", "--abbrev=40", "-z", base, head)
    patch = git.run(repository, "diff", *options, "-U3", base, head)
    counts = git.run(repository, "diff", *options, "--numstat", "-z", base, head)
    sections = iter(re.split(rb"(?m)^(?=diff --git )", patch)[1:])
    sizes = iter(_counts(counts))
    files = []
    for record in _records(raw):
        section = next(sections)
        if record.status == "changed" and record.is_type_change:
            section += next(sections)
        files.append(_changed_file(record, section, next(sizes)))
    return tuple(files)


@dataclass(frozen=True, slots=True)
class _Record:
    status: str
    is_type_change: bool
    old_sha: str
    new_sha: str
    previous_path: str | None
    path: str


def _records(raw: bytes) -> list[_Record]:
    fields = iter([field.decode("utf-8", "replace") for field in raw.split(b"\0")][:-1])
    records = []
    for line in fields:
        _, _, old_sha, new_sha, letter = line.removeprefix(":").split(" ")
        path = next(fields)
        previous = None
        if letter[0] in "RC":
            previous, path = path, next(fields)
        records.append(_Record(STATUSES[letter[0]], letter[0] == "T", old_sha, new_sha, previous, path))
    return records


def _counts(numstat: bytes) -> list[tuple[int, int]]:
    fields = iter(numstat.split(b"\0")[:-1])
    counts = []
    for line in fields:
        added, deleted, path = line.split(b"\t", 2)
        if not path:
            next(fields), next(fields)
        counts.append((0, 0) if added == b"-" else (int(added), int(deleted)))
    return counts


def _changed_file(record: _Record, section: bytes, counts: tuple[int, int]) -> ChangedFile:
    return ChangedFile(
        path=record.path,
        previous_path=record.previous_path,
        status=record.status,
        sha=record.old_sha if record.status == "removed" else record.new_sha,
        additions=counts[0],
        deletions=counts[1],
        patch=_patch(section),
    )


def _patch(section: bytes) -> str | None:
    start = section.find(b"\n@@ ")
    if start < 0:
        return None
    body = section[start + 1 :].removesuffix(b"\n")
    if len(body) > PATCH_LIMIT_BYTES or body.count(b"\n") >= PATCH_LIMIT_LINES:
        return None
    return body.decode("utf-8", "replace")


@lru_cache(maxsize=1024)
def hunks(patch: str) -> tuple[Hunk, ...]:
    """Return the hunks of one file's patch text."""
    lines = patch.split("\n")
    starts = [number for number, line in enumerate(lines) if HUNK_HEADER.match(line)]
    return tuple(_hunk(lines[start:end]) for start, end in pairwise([*starts, len(lines)]))


def _hunk(lines: list[str]) -> Hunk:
    header = HUNK_HEADER.match(lines[0])
    if header is None:
        raise ValueError(f"not a hunk header: {lines[0]!r}")
    old_start, old_count, new_start, new_count = (1 if number is None else int(number) for number in header.groups())
    left, right, kept = _sides(lines[1:], old_start, new_start)
    old_end = old_start + old_count if old_count else old_start + 1
    new_end = new_start + new_count if new_count else new_start + 1
    return Hunk(left, right, kept, old_start, old_count, new_end - old_end)


def _sides(lines: list[str], old: int, new: int) -> tuple[frozenset[int], frozenset[int], tuple[tuple[int, int], ...]]:
    left: set[int] = set()
    right: set[int] = set()
    kept: list[tuple[int, int]] = []
    for line in lines:
        if line.startswith("+"):
            right.add(new)
            new += 1
        elif line.startswith("-"):
            left.add(old)
            old += 1
        elif not line.startswith("\\"):
            right.add(new)
            kept.append((old, new))
            old, new = old + 1, new + 1
    return frozenset(left), frozenset(right), tuple(kept)


def moved_line(patch: str | None, line: int) -> int | None:
    """Return where an old line stands after a patch, or None if the patch removed or rewrote it."""
    shift = 0
    for hunk in hunks(patch) if patch else ():
        first = hunk.old_start if hunk.old_count else hunk.old_start + 1
        if line < first:
            break
        if line < first + hunk.old_count:
            return dict(hunk.kept).get(line)
        shift = hunk.shift
    return line + shift
