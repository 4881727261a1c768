"""Pull requests: the record, the changed files, the merge base, and which are open."""

import datetime
from collections.abc import Iterable

import msgspec

from github.patches import Diff, Hunk, MalformedPatch, parse_patch
from github.repositories import PER_PAGE, Repository

# GitHub lists no more files than this, whatever the pull request changes.
MAX_FILES = 3000
MAX_OPEN_PAGES = 20


class Account(msgspec.Struct, frozen=True):
    """An account; `type` is `User`, `Bot` or `Organization`."""

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
    """A pull request; `changed_files` counts all files, also beyond what GitHub lists, and is not set in lists."""

    number: int
    state: str
    head: Branch
    base: Branch
    changed_files: int = 0
    draft: bool = False
    merged: bool = False
    user: Account | None = None
    html_url: str = ""
    updated_at: datetime.datetime | None = None


class PullFile(msgspec.Struct, frozen=True):
    """A changed file; `patch` is absent when it is binary, too large, or only renamed."""

    filename: str
    status: str
    sha: str | None = None
    previous_filename: str | None = None
    patch: str | None = None
    changes: int = 0


class PullFiles(msgspec.Struct, frozen=True):
    """The changed files that GitHub lists, at most 3,000; `complete` tells whether that is all of them."""

    files: tuple[PullFile, ...]
    complete: bool


class MergeBaseCommit(msgspec.Struct, frozen=True):
    """A commit."""

    sha: str


class Commit(msgspec.Struct, frozen=True):
    """A commit of a pull request; author and committer are null where GitHub knows no account for them."""

    sha: str
    author: Account | None = None
    committer: Account | None = None


class Comparison(msgspec.Struct, frozen=True):
    """What is read of a comparison of a branch with another one's tip; its list of files ends at 300."""

    merge_base_commit: MergeBaseCommit
    files: tuple[PullFile, ...] = ()

    @property
    def merge_base(self) -> str:
        """The sha of the best common ancestor, from which the files differ."""
        return self.merge_base_commit.sha


PULL = msgspec.json.Decoder(Pull)
PULLS = msgspec.json.Decoder(tuple[Pull, ...])
FILES = msgspec.json.Decoder(tuple[PullFile, ...])
# As many as GitHub lists of a pull request.
MAX_COMMITS = 250
COMMITS = msgspec.json.Decoder(tuple[Commit, ...])
COMPARISON = msgspec.json.Decoder(Comparison)


async def read_pull(repository: Repository, number: int) -> Pull:
    """Read a pull request."""
    return await repository.get("/pulls/{pull_number}", PULL, pull_number=number)


async def list_files(repository: Repository, number: int, changed_files: int) -> PullFiles:
    """List a pull request's files with their patches, and count them against its `changed_files`."""
    found: list[PullFile] = []
    route = "/pulls/{pull_number}/files"
    async for page in repository.pages(route, FILES, limit=MAX_FILES // PER_PAGE, pull_number=number):
        found.extend(page)
    return PullFiles(tuple(found), complete=len(found) == changed_files)


async def list_commits(repository: Repository, number: int) -> tuple[Commit, ...]:
    """List a pull request's commits, oldest first; GitHub lists the first `MAX_COMMITS`."""
    found: list[Commit] = []
    async for page in repository.pages("/pulls/{pull_number}/commits", COMMITS, limit=3, pull_number=number):
        found.extend(page)
    return tuple(found)


def diff_of(files: Iterable[PullFile]) -> Diff:
    """Return the hunks of the files, None for those whose patch GitHub left out or that cannot be read."""
    return Diff({file.filename: _hunks(file) for file in files})


def _hunks(file: PullFile) -> tuple[Hunk, ...] | None:
    if file.patch is None:
        only_renamed = file.changes == 0 and file.status in ("renamed", "copied", "unchanged")
        return () if only_renamed else None
    try:
        return parse_patch(file.patch)
    except MalformedPatch:
        return None


async def compare(repository: Repository, base: str, head: str) -> Comparison:
    """Compare a revision with its best common ancestor with another; raise NotFound when there is none."""
    # The page is one of commits: the files come with the first, whatever its length.
    return await repository.get("/compare/{basehead}", COMPARISON, {"per_page": 1}, basehead=f"{base}...{head}")


async def list_open_pulls_by_head(repository: Repository, head_sha: str) -> tuple[Pull, ...]:
    """List the open pull requests whose head is this commit, also those from forks."""
    route = "/commits/{commit_sha}/pulls"
    found: list[Pull] = []
    async for page in repository.pages(route, PULLS, limit=MAX_OPEN_PAGES, commit_sha=head_sha):
        found.extend(_open_at(head_sha, page))
    # GitHub's answer may leave out pull requests from forks.
    return tuple(found) or _open_at(head_sha, await list_open_pulls(repository))


def _open_at(head_sha: str, pulls: Iterable[Pull]) -> tuple[Pull, ...]:
    return tuple(pull for pull in pulls if pull.state == "open" and pull.head.sha == head_sha)


async def list_open_pulls(repository: Repository, updated_since: datetime.datetime | None = None) -> tuple[Pull, ...]:
    """List the open pull requests, the 2,000 that were updated last, or of these only those updated since."""
    params = {"state": "open", "sort": "updated", "direction": "desc"}
    found: list[Pull] = []
    async for page in repository.pages("/pulls", PULLS, params, limit=MAX_OPEN_PAGES):
        recent = [pull for pull in page if not _is_older(pull, updated_since)]
        found.extend(recent)
        if len(recent) < len(page):
            break
    return tuple(found)


def _is_older(pull: Pull, moment: datetime.datetime | None) -> bool:
    return moment is not None and pull.updated_at is not None and pull.updated_at < moment
