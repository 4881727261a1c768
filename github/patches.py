"""Patches as GitHub lists them: the hunks, and on which lines a review comment can stand."""

import enum
from collections.abc import Mapping

import msgspec


class Side(enum.StrEnum):
    """GitHub's side of a diff: deletions are LEFT, additions and context RIGHT."""

    LEFT = "LEFT"
    RIGHT = "RIGHT"


class Anchor(enum.StrEnum):
    """Whether a review comment can stand there; unknown means that GitHub gave no patch."""

    VALID = "valid"
    INVALID = "invalid"
    UNKNOWN = "unknown"


class Hunk(msgspec.Struct, frozen=True):
    """One hunk; lines are 1-based, `added` numbers head lines and `deleted` base lines."""

    base_start: int
    base_count: int
    head_start: int
    head_count: int
    added: frozenset[int] = frozenset()
    deleted: frozenset[int] = frozenset()

    @property
    def right(self) -> range:
        """The head lines of the hunk: additions and context."""
        return range(self.head_start, self.head_start + self.head_count)


class MalformedPatch(ValueError):
    """A patch that does not add up."""


class Diff(msgspec.Struct, frozen=True):
    """The hunks of the changed files by head path; None where GitHub gave no readable patch."""

    hunks: Mapping[str, tuple[Hunk, ...] | None]

    def anchor(self, path: str, start_line: int | None, line: int, side: Side = Side.RIGHT) -> Anchor:
        """Tell whether a comment from `start_line` (None: one line) to `line` lies in one hunk.

        A renamed file is anchored by its new path on both sides.
        """
        raise NotImplementedError


def parse_patch(patch: str) -> tuple[Hunk, ...]:
    """Read the hunks of one file's patch; raise MalformedPatch."""
    raise NotImplementedError
