"""Review threads and the markers by which we know our own comments again."""

import msgspec

from github.repositories import Repository


class Marker(msgspec.Struct, frozen=True):
    """What our comment says about itself; a review's own body has no fingerprint."""

    job: str
    fingerprint: str | None = None


class ThreadComment(msgspec.Struct, frozen=True):
    """A comment of a thread; `marker` is set only if we wrote it."""

    id: str
    database_id: int
    body: str
    author: str
    viewer_did_author: bool
    marker: Marker | None = None


class ReviewThread(msgspec.Struct, frozen=True):
    """A thread; `line` is null once outdated. `id` is the node id that resolving takes."""

    id: str
    path: str
    line: int | None
    original_line: int | None
    is_resolved: bool
    is_outdated: bool
    resolved_by: str | None
    comments: tuple[ThreadComment, ...]

    @property
    def marker(self) -> Marker | None:
        """The marker of the thread's first comment, if it is ours."""
        return self.comments[0].marker if self.comments else None

    @property
    def has_reply(self) -> bool:
        """Whether anyone but us wrote in the thread."""
        return any(not comment.viewer_did_author for comment in self.comments)


def format_marker(job: str, fingerprint: str | None = None) -> str:
    """Write the HTML comment that marks a comment (with fingerprint) or a review (without) as ours."""
    raise NotImplementedError


def parse_marker(body: str) -> Marker | None:
    """Read the marker of a body; it means something only if we are the author."""
    raise NotImplementedError


async def read_threads(repository: Repository, number: int, after: str | None = None) -> tuple[ReviewThread, ...]:
    """Read all review threads of a pull request, from a cursor on."""
    raise NotImplementedError


async def resolve_thread(repository: Repository, thread_id: str) -> None:
    """Resolve a thread; needs `contents: write`, else raises GraphQLFailed or PermissionMissing."""
    raise NotImplementedError


async def minimize_comment(repository: Repository, comment_id: str) -> None:
    """Fold a comment as resolved, by its node id; raise GraphQLFailed or PermissionMissing where that is not allowed."""
    raise NotImplementedError
