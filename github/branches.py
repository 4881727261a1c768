"""Branches."""

import msgspec

from github.repositories import Repository


class Target(msgspec.Struct, frozen=True):
    """What a reference points to."""

    sha: str


class Reference(msgspec.Struct, frozen=True):
    """A reference."""

    object: Target


REFERENCE = msgspec.json.Decoder(Reference)


async def read_branch_head(repository: Repository, branch: str) -> str:
    """Return the commit at the tip of a branch; raise NotFound, also for a repository without commits."""
    found = await repository.get("/git/ref/{ref}", REFERENCE, ref=f"heads/{branch}")
    return found.object.sha
