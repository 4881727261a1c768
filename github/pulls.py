"""Pull requests: the record, the changed files, the merge base, and which are open."""

import msgspec

from github.repositories import Repository

MAX_FILES = 3000


class Account(msgspec.Struct, frozen=True):
    """An account."""

    login: str
    id: int
    type: str = "User"


class BranchRepository(msgspec.Struct, frozen=True):
    """The repository that a branch lies in."""

    id: int
    full_name: str


class Branch(msgspec.Struct, frozen=True):
    """One end of a pull request; `repo` is null when a fork was deleted."""

    ref: str
    sha: str
    repo: BranchRepository | None = None


class Pull(msgspec.Struct, frozen=True):
    """A pull request; `changed_files` counts all files, also beyond what GitHub lists."""

    number: int
    state: str
    head: Branch
    base: Branch
    changed_files: int = 0
    draft: bool = False
    merged: bool = False
    user: Account | None = None
    html_url: str = ""


class PullFile(msgspec.Struct, frozen=True):
    """A changed file; `patch` is null when it is binary, too large, or unchanged in content."""

    filename: str
    status: str
    sha: str | None = None
    previous_filename: str | None = None
    patch: str | None = None
    additions: int = 0
    deletions: int = 0


class PullFiles(msgspec.Struct, frozen=True):
    """The changed files that GitHub lists, at most 3,000; `complete` tells whether that is all of them."""

    files: tuple[PullFile, ...]
    complete: bool


async def read_pull(repository: Repository, number: int) -> Pull:
    """Read a pull request."""
    raise NotImplementedError


async def list_files(repository: Repository, number: int, changed_files: int) -> PullFiles:
    """List a pull request's files with their patches, and count them against its `changed_files`."""
    raise NotImplementedError


async def merge_base(repository: Repository, base: str, head: str) -> str:
    """Return the sha of the best common ancestor of two revisions."""
    raise NotImplementedError


async def list_open_pulls_by_head(repository: Repository, head_sha: str) -> tuple[Pull, ...]:
    """List the open pull requests whose head is this commit, also those from forks (`changed_files` is not set)."""
    raise NotImplementedError


async def list_open_pulls(repository: Repository) -> tuple[Pull, ...]:
    """List the open pull requests (`changed_files` is not set)."""
    raise NotImplementedError
