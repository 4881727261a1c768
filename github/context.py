"""What a review needs to know first, in one call: a file of the base, the pull request, and its threads."""

import msgspec

from github.contents import File
from github.repositories import Repository
from github.threads import ReviewThread


class PullState(msgspec.Struct, frozen=True):
    """The pull request as GraphQL tells it; `state` is OPEN, CLOSED or MERGED, `head_repository` null for deleted forks."""

    number: int
    state: str
    is_draft: bool
    head_sha: str
    base_sha: str
    base_ref: str
    changed_files: int
    head_repository: str | None
    author: str | None


class Context(msgspec.Struct, frozen=True):
    """The file (None: there is none), the pull request and all its review threads."""

    file: File | None
    pull: PullState
    threads: tuple[ReviewThread, ...]


async def read_context(repository: Repository, number: int, revision: str, path: str) -> Context:
    """Read a pull request, its review threads, and the file `path` at `revision`.

    One call for up to 100 threads. Raise NotFound when the pull request does not exist.
    """
    raise NotImplementedError
