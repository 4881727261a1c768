"""What an analysis is given: trees as facts, and what changed between them."""

from collections.abc import Mapping

import msgspec

from analyzers.facts import FileFacts
from analyzers.source import Entry, Unread


class Hunk(msgspec.Struct, frozen=True):
    """A hunk of a diff: ranges of 1-based lines in base and head, context included."""

    base_start: int
    base_count: int
    head_start: int
    head_count: int


class Change(msgspec.Struct, frozen=True):
    """What a pull request changes.

    `hunks` by head path; `changed` the head paths that were added, modified or renamed; `deleted` base paths;
    `renames` base path to head path; `blocks` the runs of changed lines inside the hunks, without context.
    """

    hunks: dict[str, tuple[Hunk, ...]] = {}
    changed: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    renames: dict[str, str] = {}
    blocks: dict[str, tuple[Hunk, ...]] = {}

    def runs(self, path: str) -> tuple[Hunk, ...]:
        """Return the runs of changed lines of a head path, its hunks where those are not known."""
        return self.blocks.get(path) or self.hunks.get(path, ())

    def head_path(self, path: str) -> str | None:
        """Return where a base path lies in the head, None when it was deleted."""
        return None if path in self.deleted else self.renames.get(path, path)


class Tree(msgspec.Struct):
    """A tree: its entries, the facts by path, what could not be read, and the texts at hand by path.

    Where it is a part of a larger one, `served_elsewhere` tells that product code of another part makes a server.
    """

    entries: tuple[Entry, ...]
    facts: dict[str, FileFacts]
    unread: tuple[Unread, ...] = ()
    texts: Mapping[str, bytes] = {}
    served_elsewhere: bool = False
