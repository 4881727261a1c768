"""The bytes of a repository's files: what is at hand, then blobs in batches, or the whole tree as one archive."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from analyzers.source import MAX_LOCK_BYTES, Entry, Source, Unread
from github.archives import read_archive
from github.blobs import read_blobs
from github.repositories import Repository

# Two calls for this many blobs, against one call for an archive of any size.
MAX_BLOBS: Final = 100


class Loader:
    """Loads files of one commit; keeps what it was given, and what was loaded only until it is handed on."""

    def __init__(self, repository: Repository, commit: str, known: Mapping[str, bytes]) -> None:
        """Take `known` blobs by object id; must be made in the running event loop."""
        self._repository = repository
        self._commit = commit
        self._known = known
        self._loop = asyncio.get_running_loop()

    def load(self, entries: Sequence[Entry]) -> Iterator[Source | Unread]:
        """Yield each file's bytes or why there are none. Called from another thread than the event loop's.

        Raise github.errors.CallFailed or ArchiveRefused.
        """
        missing = [entry for entry in entries if entry.blob not in self._known]
        fetched: Mapping[str, bytes] = {}
        reasons: Mapping[str, str] = {}
        if missing:
            fetched, reasons = asyncio.run_coroutine_threadsafe(self._fetch(missing), self._loop).result()
        for entry in entries:
            data = self._known.get(entry.blob, fetched.get(entry.blob))
            if data is None:
                yield Unread(entry.path, entry.blob, reasons.get(entry.blob, "could not be fetched"))
            else:
                yield Source(entry.path, entry.blob, data)

    async def _fetch(self, entries: Sequence[Entry]) -> tuple[dict[str, bytes], dict[str, str]]:
        if len({entry.blob for entry in entries}) <= MAX_BLOBS:
            blobs = await read_blobs(self._repository, _oids(entries), MAX_LOCK_BYTES)
            return dict(blobs.data), dict(blobs.missing)
        archive = await read_archive(self._repository, self._commit, {entry.path: entry.blob for entry in entries})
        fetched = {entry.blob: archive.files[entry.path] for entry in entries if entry.path in archive.files}
        # Attributes of the repository leave files out of an archive or alter them: those are read one by one.
        blobs = await read_blobs(
            self._repository, [oid for oid in _oids(entries) if oid not in fetched], MAX_LOCK_BYTES
        )
        return fetched | dict(blobs.data), dict(blobs.missing)


def _oids(entries: Sequence[Entry]) -> list[str]:
    return list(dict.fromkeys(entry.blob for entry in entries))
