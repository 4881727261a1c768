"""Reviews and their comments: posted once, found again, edited, answered, deleted."""

from collections.abc import Sequence

import msgspec

from github.patches import Side
from github.repositories import Repository


class DraftComment(msgspec.Struct, frozen=True):
    """A comment to post on lines of the diff; `start_line` None means one line."""

    path: str
    line: int
    body: str
    side: Side = Side.RIGHT
    start_line: int | None = None


class Review(msgspec.Struct, frozen=True):
    """A posted review; `author` is a login."""

    id: int
    body: str
    state: str
    commit_id: str
    author: str


class ReviewComment(msgspec.Struct, frozen=True):
    """A posted comment of a review."""

    id: int
    path: str
    body: str
    author: str
    commit_id: str = ""
    review_id: int | None = None
    in_reply_to_id: int | None = None
    line: int | None = None


async def post_review(
    repository: Repository, number: int, commit_id: str, body: str, comments: Sequence[DraftComment]
) -> Review:
    """Post one review of event COMMENT; all or nothing.

    Raise Unprocessable when an anchor is outside the diff, SecondaryRateLimited when GitHub calls it abuse, and
    WriteOutcomeUnknown when only reading back (`find_review`) tells.
    """
    raise NotImplementedError


async def find_review(repository: Repository, number: int, job: str, author: str) -> Review | None:
    """Find the review that carries this job's marker and was written by this login."""
    raise NotImplementedError


async def list_reviews(repository: Repository, number: int) -> tuple[Review, ...]:
    """List a pull request's reviews, oldest first."""
    raise NotImplementedError


async def list_comments(repository: Repository, number: int) -> tuple[ReviewComment, ...]:
    """List a pull request's review comments."""
    raise NotImplementedError


async def edit_comment(repository: Repository, comment_id: int, body: str) -> None:
    """Replace the body of a comment of ours."""
    raise NotImplementedError


async def delete_comment(repository: Repository, comment_id: int) -> None:
    """Delete a comment of ours; one that is gone already is fine."""
    raise NotImplementedError


async def reply(repository: Repository, number: int, comment_id: int, body: str) -> ReviewComment:
    """Answer in the thread of a comment."""
    raise NotImplementedError


async def react(repository: Repository, kind: str, comment_id: int, content: str) -> None:
    """React to a comment; `kind` is issues or pulls, `content` such as `eyes` or `+1`."""
    raise NotImplementedError
