"""Files as git holds them: trees, and blobs that are checked against their object id."""

from collections.abc import Mapping, Sequence

import msgspec

from github.repositories import Repository

MAX_BATCH = 50


class TreeEntry(msgspec.Struct, frozen=True):
    """One path of a tree; `mode` is git's octal text, `type` blob, tree or commit, `size` in bytes for blobs."""

    path: str
    mode: str
    type: str
    sha: str
    size: int = 0


class Tree(msgspec.Struct, frozen=True):
    """A commit's files and submodules, without the folders; `truncated` when GitHub left some out."""

    sha: str
    entries: tuple[TreeEntry, ...]
    truncated: bool


class Blobs(msgspec.Struct, frozen=True):
    """Bytes by object id, and for each blob that is missing the reason (`too large`, `not found`, `altered`)."""

    data: Mapping[str, bytes]
    missing: Mapping[str, str]


class File(msgspec.Struct, frozen=True):
    """A file at a revision."""

    oid: str
    data: bytes


def blob_oid(data: bytes, algorithm: str = "sha1") -> str:
    """Return git's object id of a blob."""
    raise NotImplementedError


async def read_tree(repository: Repository, revision: str) -> Tree:
    """Read all files of a commit or tree in one call."""
    raise NotImplementedError


async def read_blobs(repository: Repository, oids: Sequence[str], max_bytes: int = 1_000_000) -> Blobs:
    """Read blobs, 50 a call; what GraphQL truncates or alters is read raw, one call each."""
    raise NotImplementedError


async def read_file(repository: Repository, revision: str, path: str) -> File | None:
    """Read one file at a revision; None when there is none."""
    raise NotImplementedError
