"""Answers about reviews, review comments and reactions, with GitHub's refusals."""

from dataclasses import replace
from typing import Any

from tests.standin import pull_payloads
from tests.standin.accounts import User
from tests.standin.anchors import file_at, hunk_of, hunk_text, is_commit_of
from tests.standin.endpoints import for_installation
from tests.standin.exchange import Call, Refused, Reply, page
from tests.standin.pull_endpoints import pull_of
from tests.standin.records import Comment, PullRequest, Reaction, Review, Thread

LONGEST_COMMENT = 65_536
UNPROCESSABLE = "Unprocessable Entity"
STATES = {None: "PENDING", "COMMENT": "COMMENTED", "APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED"}


@for_installation("pulls/create-review", "pull_requests:write")
def create_review(call: Call) -> Reply:
    """Store a review with all its comments, or refuse it as a whole without naming the entry."""
    pull, author, event = pull_of(call), call.acting_app.bot, call.body.get("event")
    body, commit = call.body.get("body", ""), call.body.get("commit_id", pull.head_sha)
    entries = call.body.get("comments", [])
    _check_review(call, pull, event, body)
    if not is_commit_of(call.repository, pull, commit):
        raise Refused(422, UNPROCESSABLE, ["Commit is not part of the pull request"])
    review = Review(
        id=next(call.state.ids),
        repository_id=call.repository.id,
        number=pull.number,
        author=author,
        state=STATES[event],
        body=body,
        commit_id=commit,
        submitted_at=call.state.now() if event else None,
    )
    comments = [_anchored(call, pull, commit, entry) for entry in entries]
    call.state.reviews[review.id] = review
    for comment in comments:
        _store(call, replace(comment, review_id=review.id))
    return Reply(200, pull_payloads.review(call.repository, review, call.base_url))


def _check_review(call: Call, pull: PullRequest, event: str | None, body: str) -> None:
    if event in {"COMMENT", "REQUEST_CHANGES"} and not body.strip():
        raise Refused(422, UNPROCESSABLE, ["Review body can't be blank"])
    check_length(body)
    own = (review for review in call.state.reviews.values() if review.author == call.acting_app.bot)
    if any(r.state == "PENDING" and (r.repository_id, r.number) == (call.repository.id, pull.number) for r in own):
        raise Refused(422, UNPROCESSABLE, ["User can only have one pending review per pull request"])


def check_length(body: str) -> None:
    """Refuse a body that is longer than GitHub takes."""
    if len(body) > LONGEST_COMMENT:
        raise Refused(422, "Validation Failed", ["Body is too long (maximum is 65536 characters)"])


def _anchored(call: Call, pull: PullRequest, commit: str, entry: dict[str, Any]) -> Comment:
    if not entry["body"].strip():
        raise Refused(422, UNPROCESSABLE, ["Body can't be blank"])
    check_length(entry["body"])
    file = file_at(call.repository, pull, commit, entry["path"])
    if file is None:
        raise Refused(422, UNPROCESSABLE, ["Path could not be resolved"])
    line, side = entry.get("line"), entry.get("side", "RIGHT")
    start_line, start_side = entry.get("start_line"), entry.get("start_side", side)
    if not isinstance(line, int):
        raise Refused(422, UNPROCESSABLE, ["Line could not be resolved"])
    if hunk_of(file, ((side, line),)) is None:
        raise Refused(422, UNPROCESSABLE, ["Line could not be resolved"])
    if start_line is not None:
        if start_line >= line and start_side == side:
            raise Refused(422, UNPROCESSABLE, ["Start line must precede the end line."])
        if hunk_of(file, ((start_side, start_line), (side, line))) is None:
            raise Refused(422, UNPROCESSABLE, ["Start line could not be resolved"])
    comment = _blank(call, pull, commit, entry["body"])
    comment.path, comment.side, comment.line = file.path, side, line
    comment.start_line, comment.start_side = start_line, start_side if start_line is not None else None
    comment.diff_hunk = hunk_text(file, line, side)
    return comment


def _blank(call: Call, pull: PullRequest, commit: str, body: str, author: User | None = None) -> Comment:
    now = call.state.now()
    return Comment(
        id=next(call.state.ids),
        repository_id=call.repository.id,
        number=pull.number,
        review_id=None,
        author=author or call.acting_app.bot,
        body=body,
        path="",
        side="RIGHT",
        line=None,
        start_line=None,
        start_side=None,
        commit_id=commit,
        diff_hunk="",
        created_at=now,
        updated_at=now,
    )


def _store(call: Call, comment: Comment) -> None:
    call.state.comments[comment.id] = comment
    if comment.in_reply_to is None:
        thread = Thread(next(call.state.ids), comment.id, comment.repository_id, comment.number)
        call.state.threads[thread.id] = thread


@for_installation("pulls/list-reviews", "pull_requests:read")
def list_reviews(call: Call) -> Reply:
    """Answer with the reviews of a pull request, oldest first; pending ones only to their author."""
    pull = pull_of(call)
    found = [
        review
        for review in call.state.reviews.values()
        if (review.repository_id, review.number) == (call.repository.id, pull.number)
        and (review.state != "PENDING" or review.author == call.acting_app.bot)
    ]
    items, headers = page(call, found, f"/repos/{call.repository.full_name}/pulls/{pull.number}/reviews")
    shown = [pull_payloads.review(call.repository, review, call.base_url) for review in items]
    return Reply(200, shown, headers=headers)


@for_installation("pulls/list-review-comments", "pull_requests:read")
def list_comments(call: Call) -> Reply:
    """Answer with the review comments of a pull request, oldest first unless asked otherwise."""
    pull = pull_of(call)
    found = [c for c in call.state.comments_of(call.repository, pull.number) if not c.deleted]
    if call.query.get("direction") == "desc":
        found.reverse()
    items, headers = page(call, found, f"/repos/{call.repository.full_name}/pulls/{pull.number}/comments")
    return Reply(200, [_shown(call, comment) for comment in items], headers=headers)


def _shown(call: Call, comment: Comment) -> dict[str, Any]:
    return pull_payloads.comment(call.state, call.repository, comment, call.base_url)


@for_installation("pulls/create-review-comment", "pull_requests:write")
def create_comment(call: Call) -> Reply:
    """Store a single comment: on a line of a hunk, or on a whole file of the diff."""
    pull, commit = pull_of(call), call.body["commit_id"]
    if not is_commit_of(call.repository, pull, commit):
        raise Refused(422, "Validation Failed", ["commit_id is not part of the pull request"])
    if call.body.get("subject_type") == "file":
        check_length(call.body["body"])
        if file_at(call.repository, pull, commit, call.body["path"]) is None:
            raise Refused(422, "Validation Failed", ["path could not be resolved"])
        comment = _blank(call, pull, commit, call.body["body"])
        comment.path, comment.subject = call.body["path"], "file"
    else:
        comment = _anchored(call, pull, commit, dict(call.body))
    _store(call, comment)
    return Reply(201, _shown(call, comment))


@for_installation("pulls/create-reply-for-review-comment", "pull_requests:write")
def create_reply(call: Call) -> Reply:
    """Store a reply to the first comment of a thread."""
    pull, root = pull_of(call), _comment(call)
    if root.number != pull.number:
        raise Refused(404, "Not Found")
    if root.in_reply_to is not None:
        raise Refused(422, "Validation Failed", ["Replies to replies are not supported"])
    comment = _reply_to(call, root, call.body["body"], call.acting_app.bot)
    return Reply(201, _shown(call, comment))


def _reply_to(call: Call, root: Comment, body: str, author: User) -> Comment:
    """Store an account's reply to a thread's first comment."""
    check_length(body)
    pull = call.repository.pulls[root.number]
    comment = replace(
        _blank(call, pull, root.commit_id, body, author),
        path=root.path,
        side=root.side,
        line=root.line,
        start_line=root.start_line,
        start_side=root.start_side,
        diff_hunk=root.diff_hunk,
        subject=root.subject,
        in_reply_to=root.id,
    )
    _store(call, comment)
    return comment


@for_installation("pulls/get-review-comment", "pull_requests:read")
def get_comment(call: Call) -> Reply:
    """Answer with one review comment."""
    return Reply(200, _shown(call, _comment(call)))


@for_installation("pulls/update-review-comment", "pull_requests:write")
def update_comment(call: Call) -> Reply:
    """Change the body of the App's own comment."""
    comment = _own_comment(call)
    check_length(call.body["body"])
    comment.body, comment.updated_at = call.body["body"], call.state.now()
    return Reply(200, _shown(call, comment))


@for_installation("pulls/delete-review-comment", "pull_requests:write")
def delete_comment(call: Call) -> Reply:
    """Delete the App's own comment."""
    _own_comment(call).deleted = True
    return Reply(204)


def _comment(call: Call) -> Comment:
    found = call.state.comments.get(call.parameters["comment_id"])
    if found is None or found.deleted or found.repository_id != call.repository.id:
        raise Refused(404, "Not Found")
    return found


def _own_comment(call: Call) -> Comment:
    comment = _comment(call)
    if comment.author != call.acting_app.bot:
        raise Refused(403, "Resource not accessible by integration")
    return comment


@for_installation("reactions/create-for-pull-request-review-comment", "pull_requests:write")
def react_to_review_comment(call: Call) -> Reply:
    """Add a reaction to a review comment."""
    return _react(call, _comment(call).reactions)


@for_installation("reactions/create-for-issue-comment", "issues:write", "pull_requests:write")
def react_to_issue_comment(call: Call) -> Reply:
    """Add a reaction to a comment in the conversation."""
    comment = call.repository.issue_comments.get(call.parameters["comment_id"])
    if comment is None:
        raise Refused(404, "Not Found")
    return _react(call, comment.reactions)


def _react(call: Call, reactions: list[Reaction]) -> Reply:
    for found in reactions:
        if (found.user, found.content) == (call.acting_app.bot, call.body["content"]):
            return Reply(200, pull_payloads.reaction(found, call.base_url))
    made = Reaction(next(call.state.ids), call.acting_app.bot, call.body["content"], call.state.now())
    reactions.append(made)
    return Reply(201, pull_payloads.reaction(made, call.base_url))
