"""A whole repository in one call: its tarball, streamed into memory."""

from collections.abc import Mapping

from github.errors import ServerFailed, Unreachable
from github.repositories import Repository
from github.unpacking import Archive, Limits, Unpacker

PAUSES = (0.5, 2.0)


async def read_archive(
    repository: Repository, revision: str, wanted: Mapping[str, str], limits: Limits = Limits()
) -> Archive:
    """Read files (path to blob id) of a commit from its tarball.

    Attributes in the repository (`export-ignore`, `export-subst`, line ends) alter what an archive holds: such files
    are left out here, read them as blobs. Raise ArchiveRefused when GitHub redirects to a foreign host.
    """
    for pause in PAUSES:
        try:
            return await _read_once(repository, revision, wanted, limits)
        except (ServerFailed, Unreachable):
            await repository.client.timing.sleep(repository.client.timing.jitter(pause))
    return await _read_once(repository, revision, wanted, limits)


async def _read_once(repository: Repository, revision: str, wanted: Mapping[str, str], limits: Limits) -> Archive:
    unpacker = Unpacker(wanted, limits)
    await repository.download("/tarball/{ref}", unpacker.feed, ref=revision)
    return unpacker.archive()
