"""The labels of a corpus: what is wrong where, what is right, and which changes are ordinary."""

from pathlib import Path
from typing import Literal, TypeVar

import msgspec

T = TypeVar("T", bound=msgspec.Struct)

LineRange = tuple[int, int]


class Place(msgspec.Struct, frozen=True):
    """Lines of one file, 1-based and inclusive."""

    path: str
    lines: tuple[LineRange, ...] = ()


class Pair(msgspec.Struct, frozen=True):
    """A weakness at the commit before its fix, and the fix."""

    id: str
    repo: str
    weakness: str = msgspec.field(name="class")
    vulnerable_commit: str
    fix_commit: str
    language: str
    locations: tuple[Place, ...]
    difficulty: str
    why: str = ""


class Spot(msgspec.Struct, frozen=True):
    """A weak place of a server; a trap where `vulnerable` is false."""

    repo: str
    commit: str
    path: str
    start: int
    end: int
    weakness: str = msgspec.field(name="class")
    vulnerable: bool
    note: str = ""

    @property
    def id(self) -> str:
        """A name for the place."""
        return f"{self.repo}:{self.path}:{self.start}:{self.weakness}"

    @property
    def place(self) -> Place:
        """The lines."""
        return Place(self.path, ((self.start, self.end),))


class CleanFiles(msgspec.Struct, frozen=True):
    """Files without the weaknesses named."""

    repo: str
    commit: str
    paths: tuple[str, ...]
    classes: tuple[str, ...]
    idiom: str = ""

    @property
    def id(self) -> str:
        """A name for the files."""
        return f"{self.repo}:{self.paths[0]}"


class Expected(msgspec.Struct, frozen=True):
    """A weakness that a change brings; without a line it lies somewhere in the file."""

    path: str
    weakness: str = msgspec.field(name="class")
    line: int | None = None

    @property
    def place(self) -> Place:
        """The line, or the whole file."""
        return Place(self.path, () if self.line is None else ((self.line, self.line),))


class PullRequest(msgspec.Struct, frozen=True):
    """A change to replay: `none` and `judge` expect nothing blocking, `judge` wants to be read as well."""

    id: str
    repo: str
    base: str
    head: str
    kind: str
    expected: Literal["none", "judge"] | tuple[Expected, ...]
    subject: str = ""


class Popular(msgspec.Struct, frozen=True):
    """A repository whose merged changes are sampled, up to a commit."""

    repo: str
    commit: str


class Labels(msgspec.Struct, frozen=True):
    """Everything that a corpus states."""

    pairs: tuple[Pair, ...] = ()
    spots: tuple[Spot, ...] = ()
    clean: tuple[CleanFiles, ...] = ()
    pull_requests: tuple[PullRequest, ...] = ()
    popular: tuple[Popular, ...] = ()


def read_labels(folder: Path) -> Labels:
    """Read the label files of a corpus; one that is not there states nothing.

    Raise msgspec.DecodeError, or msgspec.ValidationError with the field that is wrong.
    """
    return Labels(
        _lines(folder / "pairs.jsonl", Pair),
        _lines(folder / "vulnerable.jsonl", Spot),
        _lines(folder / "clean.jsonl", CleanFiles),
        _lines(folder / "prs.jsonl", PullRequest),
        _lines(folder / "big.jsonl", Popular),
    )


def _lines(path: Path, kind: type[T]) -> tuple[T, ...]:
    if not path.exists():
        return ()
    return tuple(msgspec.json.Decoder(kind).decode_lines(path.read_bytes()))
