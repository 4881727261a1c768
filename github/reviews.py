"""Reviews and their comments: posted once, found again, edited, answered, deleted."""

from collections.abc import Sequence

import msgspec

from github.errors import NotFound
from github.markers import Marker, parse_marker
from github.patches import Side
from github.repositories import Repository


class DraftComment(msgspec.Struct, frozen=True):
    """A comment to post on lines of the diff; `start_line` None means one line."""

    path: str
    line: int
    body: str
    side: Side = Side.RIGHT
    start_line: int | None = None


class Author(msgspec.Struct, frozen=True):
    """Who wrote it; Apps are named `<slug>[bot]`."""

    login: str = ""


class Review(msgspec.Struct, frozen=True):
    """A posted review; `user` is null for deleted accounts."""

    id: int
    state: str = ""
    body: str | None = None
    commit_id: str | None = None
    user: Author | None = None

    def is_of(self, job: str, author: str) -> bool:
        """Tell whether this login posted it for this job."""
        ours = self.user is not None and self.user.login == author
        return ours and parse_marker(self.body or "") == Marker(job)


class ReviewComment(msgspec.Struct, frozen=True):
    """A posted comment of a review; `line` is null once outdated."""

    id: int
    path: str
    body: str = ""
    user: Author | None = None
    commit_id: str = ""
    pull_request_review_id: int | None = None
    in_reply_to_id: int | None = None
    line: int | None = None
    node_id: str = ""


class Reaction(msgspec.Struct, frozen=True):
    """A posted reaction."""

    id: int


REVIEW = msgspec.json.Decoder(Review)
REVIEWS = msgspec.json.Decoder(tuple[Review, ...])
COMMENT = msgspec.json.Decoder(ReviewComment)
COMMENTS = msgspec.json.Decoder(tuple[ReviewComment, ...])
REACTION = msgspec.json.Decoder(Reaction)
PULL = "/pulls/{pull_number}"
ONE_COMMENT = "/pulls/comments/{comment_id}"


async def post_review(
    repository: Repository, number: int, commit_id: str, body: str, comments: Sequence[DraftComment]
) -> Review:
    """Post one review of event COMMENT, which needs a body; all or nothing.

    Raise Unprocessable when an anchor is outside the diff, SecondaryRateLimited when GitHub calls it abuse, and
    WriteOutcomeUnknown when only reading back (`find_review`) tells.
    """
    sent = {"commit_id": commit_id, "body": body, "event": "COMMENT", "comments": [_comment(one) for one in comments]}
    return await repository.write("POST", f"{PULL}/reviews", REVIEW, sent, pull_number=number)


async def list_reviews(repository: Repository, number: int) -> tuple[Review, ...]:
    """List a pull request's reviews, oldest first."""
    found: list[Review] = []
    async for page in repository.pages(f"{PULL}/reviews", REVIEWS, pull_number=number):
        found.extend(page)
    return tuple(found)


async def find_review(repository: Repository, number: int, job: str, author: str) -> Review | None:
    """Find the review that carries this job's marker and was written by this login."""
    reviews = await list_reviews(repository, number)
    return next((review for review in reviews if review.is_of(job, author)), None)


async def list_comments(repository: Repository, number: int) -> tuple[ReviewComment, ...]:
    """List a pull request's review comments, oldest first."""
    found: list[ReviewComment] = []
    async for page in repository.pages(f"{PULL}/comments", COMMENTS, pull_number=number):
        found.extend(page)
    return tuple(found)


async def edit_comment(repository: Repository, comment_id: int, body: str) -> ReviewComment:
    """Replace the body of a comment of ours; raise NotFound when it was deleted."""
    return await repository.write("PATCH", ONE_COMMENT, COMMENT, {"body": body}, comment_id=comment_id)


async def delete_comment(repository: Repository, comment_id: int) -> None:
    """Delete a comment of ours; one that is gone already is fine."""
    try:
        await repository.delete(ONE_COMMENT, comment_id=comment_id)
    except NotFound:
        return


async def reply(repository: Repository, number: int, comment_id: int, body: str) -> ReviewComment:
    """Answer in the thread of a comment."""
    route = f"{PULL}/comments/{{comment_id}}/replies"
    return await repository.write("POST", route, COMMENT, {"body": body}, pull_number=number, comment_id=comment_id)


async def react(repository: Repository, kind: str, comment_id: int, content: str) -> None:
    """React to a comment; `kind` is issues or pulls, `content` such as `eyes` or `+1`."""
    route = "/{kind}/comments/{comment_id}/reactions"
    await repository.write("POST", route, REACTION, {"content": content}, kind=kind, comment_id=comment_id)


def _comment(draft: DraftComment) -> dict[str, object]:
    sent: dict[str, object] = {
        "path": draft.path,
        "line": draft.line,
        "side": draft.side.value,
        "body": draft.body,
    }
    # GitHub refuses a start that is the end.
    if draft.start_line is not None and draft.start_line != draft.line:
        sent |= {"start_line": draft.start_line, "start_side": draft.side.value}
    return sent
