"""Git objects as GitHub's API shows them: blobs, trees, entries."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from tests.standin import git

KINDS = {"blob", "tree", "commit"}


@dataclass(frozen=True, slots=True)
class GitObject:
    """One object of the store: its id, kind (blob, tree, commit, tag) and raw content."""

    sha: str
    kind: str
    data: bytes


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """One line of a recursive tree; size only for blobs."""

    mode: str
    kind: str
    sha: str
    size: int | None
    path: str


def read_many(repository: Path, shas: tuple[str, ...]) -> dict[str, GitObject]:
    """Return the objects that exist, by id, with one git process."""
    wanted = "".join(f"{sha}\n" for sha in shas).encode()
    output = git.run(repository, "cat-file", "--batch", stdin=wanted)
    found: dict[str, GitObject] = {}
    position = 0
    while position < len(output):
        end = output.index(b"\n", position)
        header = output[position:end].decode("utf-8", "replace").split(" ")
        position = end + 1
        if len(header) != 3:
            continue
        sha, kind, size = header[0], header[1], int(header[2])
        found[sha] = GitObject(sha, kind, output[position : position + size])
        position += size + 1
    return found


def read(repository: Path, sha: str) -> GitObject | None:
    """Return one object by its full id, or None."""
    return read_many(repository, (sha,)).get(sha)


@lru_cache(maxsize=256)
def tree(repository: Path, sha: str, recursive: bool) -> tuple[TreeEntry, ...]:
    """Return the entries of a tree or of a commit's tree, in git's order."""
    flags = ("-r", "-t") if recursive else ()
    output = git.run(repository, "ls-tree", "--full-tree", "-l", "-z", *flags, sha)
    return tuple(map(_entry, filter(None, output.split(b"\0"))))


def _entry(line: bytes) -> TreeEntry:
    fields, path = line.split(b"\t", 1)
    mode, kind, sha, size = fields.decode().split()
    return TreeEntry(mode, kind, sha, None if size == "-" else int(size), path.decode("utf-8", "replace"))
