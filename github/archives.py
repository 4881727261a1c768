"""A whole repository in one call: its tarball, read in memory, and believed only where it equals git's tree."""

from collections.abc import Mapping

import msgspec

from github.repositories import Repository


class Limits(msgspec.Struct, frozen=True):
    """How much of an archive is read at most, in bytes and entries."""

    compressed: int = 100_000_000
    total: int = 400_000_000
    ratio: int = 200
    entries: int = 200_000
    name: int = 4_096
    file: int = 1_000_000
    kept: int = 200_000_000


class LeftOut(msgspec.Struct, frozen=True):
    """A wanted file that the archive does not give, and why."""

    path: str
    reason: str


class Archive(msgspec.Struct, frozen=True):
    """The wanted files whose bytes have the wanted object id, the others with the reason, and why reading stopped early."""

    files: Mapping[str, bytes]
    left_out: tuple[LeftOut, ...]
    stopped: str | None = None


async def read_archive(
    repository: Repository, revision: str, wanted: Mapping[str, str], limits: Limits = Limits()
) -> Archive:
    """Read files (path to blob id) of a commit from its tarball.

    Attributes in the repository (`export-ignore`, `export-subst`, line ends) alter what an archive holds: such files
    are left out here, read them as blobs. Raise ArchiveRefused.
    """
    raise NotImplementedError
