"""A folder on this machine as a tree: no link is followed, nothing but regular files is opened."""

import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from analyzers.planning import is_manifest
from analyzers.source import MAX_LOCK_BYTES, Entry, Source, Unread, language_of, limit_of

LINK, REGULAR, SUBMODULE = "120000", "100644", "160000"


class LocalFolder:
    """The files below a folder, or those of a given list (relative names as bytes).

    Blob ids are computed as git does; a file that cannot hold anything to read has the id "".
    """

    def __init__(self, root: Path, names: Sequence[bytes] | None = None) -> None:
        self._root = root
        self._names: dict[str, bytes] = {}
        self.unread: list[Unread] = []
        self.entries = tuple(self._entries(names))

    def load(self, entries: Sequence[Entry]) -> Iterator[Source | Unread]:
        """Read entries of this folder."""
        for entry in entries:
            try:
                data = read_regular(self._full(self._names[entry.path]))
            except OSError as error:
                yield Unread(entry.path, entry.blob, _reason(error))
                continue
            if _blob_id(data) == entry.blob:
                yield Source(entry.path, entry.blob, data)
            else:
                yield Unread(entry.path, entry.blob, "changed while it was read")

    def _entries(self, names: Sequence[bytes] | None) -> Iterator[Entry]:
        for name in self._walk() if names is None else names:
            path = name.decode(errors="backslashreplace")
            self._names[path] = name
            try:
                entry = self._entry(path, name)
            except OSError as error:
                self.unread.append(Unread(path, "", _reason(error)))
                continue
            if entry is not None:
                yield entry

    def _entry(self, path: str, name: bytes) -> Entry | None:
        full = self._full(name)
        status = full.lstat()
        if stat.S_ISLNK(status.st_mode):
            return Entry(path, _blob_id(os.fsencode(full.readlink())), LINK, status.st_size)
        if stat.S_ISDIR(status.st_mode):
            return Entry(path, "", SUBMODULE)
        if not stat.S_ISREG(status.st_mode):
            return None
        readable = (language_of(path) is not None or is_manifest(path)) and status.st_size <= limit_of(path)
        return Entry(path, _blob_id(read_regular(full)) if readable else "", REGULAR, status.st_size)

    def _walk(self) -> Iterator[bytes]:
        pending = [b""]
        while pending:
            folder = pending.pop()
            try:
                found = sorted(self._full(folder).iterdir())
            except OSError as error:
                self.unread.append(Unread(folder.decode(errors="backslashreplace"), "", _reason(error)))
                continue
            for item in found:
                name = os.fsencode(item.relative_to(self._root))
                if item.is_symlink() or not item.is_dir():
                    yield name
                elif item.name != ".git":
                    pending.append(name)

    def _full(self, name: bytes) -> Path:
        return self._root / os.fsdecode(name)


def read_regular(path: Path) -> bytes:
    """Return the start of a regular file, one byte more than anything that is read may have; raise OSError."""
    # Opened without following a link and without waiting for a pipe's other end.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(None, "not a regular file")
        return file.read(MAX_LOCK_BYTES + 1)


def _blob_id(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0%s" % (len(data), data), usedforsecurity=False).hexdigest()


def _reason(error: OSError) -> str:
    return f"could not be read: {(error.strerror or 'unknown reason').lower()}"
