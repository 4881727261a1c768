"""A gzipped tar unpacked in memory, within limits, and believed only where it equals git's tree."""

import zlib
from collections.abc import Mapping

import msgspec

from github.blobs import is_blob
from github.tarballs import MalformedTar, Member, TarReader

GZIP = 31
PIECE = 262_144
# Below this size a high ratio is a repository of repetitive files.
RATIO_COUNTS_FROM = 50_000_000


class Limits(msgspec.Struct, frozen=True):
    """How much is read at most: bytes sent, bytes inflated, their ratio, entries, bytes of a file and of all kept."""

    compressed: int = 100_000_000
    inflated: int = 1_000_000_000
    ratio: int = 200
    entries: int = 200_000
    file: int = 1_000_000
    kept: int = 200_000_000


class LeftOut(msgspec.Struct, frozen=True):
    """A wanted file that the archive does not give, and why."""

    path: str
    reason: str


class Archive(msgspec.Struct, frozen=True):
    """The wanted files whose bytes have the wanted object id, the others with the reason, and why reading stopped."""

    files: Mapping[str, bytes]
    left_out: tuple[LeftOut, ...]
    stopped: str | None = None


class Unpacker:
    """Takes the compressed stream in pieces and keeps the wanted files (path to blob id)."""

    def __init__(self, wanted: Mapping[str, str], limits: Limits = Limits()) -> None:
        self._wanted = wanted
        self._limits = limits
        self._inflater = zlib.decompressobj(GZIP)
        self._tar = TarReader(self._wants)
        self._compressed = self._inflated = self._entries = self._kept = 0
        self._files: dict[str, bytes] = {}
        self._reasons: dict[str, str] = {}
        self._stopped: str | None = None

    def feed(self, piece: bytes) -> bool:
        """Take a piece; tell whether more is wanted."""
        self._compressed += len(piece)
        if self._compressed > self._limits.compressed:
            self._stopped = "the archive is too large"
        while piece and self._is_open:
            try:
                inflated = self._inflater.decompress(piece, PIECE)
                self._read(inflated)
            except (zlib.error, MalformedTar) as error:
                self._stopped = f"the archive is damaged: {error}"
            piece = self._inflater.unconsumed_tail
        return self._is_open

    def archive(self) -> Archive:
        """Return what was read."""
        stopped = self._stopped
        if stopped is None and not self._tar.ended:
            stopped = "the archive ends early"
        default = stopped or "not in the archive"
        missing = (path for path in self._wanted if path not in self._files)
        left_out = tuple(LeftOut(path, self._reasons.get(path, default)) for path in missing)
        return Archive(self._files, left_out, stopped)

    @property
    def _is_open(self) -> bool:
        return self._stopped is None and not self._tar.ended and not self._inflater.eof

    def _read(self, inflated: bytes) -> None:
        self._inflated += len(inflated)
        for member in self._tar.feed(inflated):
            self._entries += 1
            self._sort(member)
            if self._entries >= self._limits.entries:
                break
        self._stopped = self._stopped or self._exceeded()

    def _exceeded(self) -> str | None:
        if self._entries >= self._limits.entries:
            return "the archive has too many entries"
        if self._inflated > self._limits.inflated:
            return "the archive is too large"
        if self._inflated > max(RATIO_COUNTS_FROM, self._limits.ratio * self._compressed):
            return "the archive inflates too much"
        return None

    def _wants(self, name: str, size: int) -> bool:
        path = _path(name)
        if path not in self._wanted or path in self._files:
            return False
        if size > self._limits.file or self._kept + size > self._limits.kept:
            self._reasons[path] = "too large"
            return False
        return True

    def _sort(self, member: Member) -> None:
        path = _path(member.name)
        if path not in self._wanted or path in self._files:
            return
        if member.data is None:
            self._reasons.setdefault(path, member.kind)
        elif is_blob(member.data, self._wanted[path]):
            self._kept += member.size
            self._files[path] = member.data
        else:
            self._reasons[path] = "altered"


def _path(name: str) -> str:
    # All entries lie in one folder, named after repository and commit.
    return name.partition("/")[2]
