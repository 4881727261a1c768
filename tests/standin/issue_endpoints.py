"""Answers about the conversation of a pull request, which GitHub keeps as that of an issue."""

from tests.standin import payloads
from tests.standin.endpoints import for_installation
from tests.standin.exchange import Call, Refused, Reply, page
from tests.standin.payloads import Json, timestamp
from tests.standin.records import IssueComment
from tests.standin.review_endpoints import check_length


@for_installation("issues/list-comments", "issues:read", "pull_requests:read")
def list_comments(call: Call) -> Reply:
    """Answer with the comments of a conversation, oldest first."""
    number = _number(call)
    found = [comment for comment in call.repository.issue_comments.values() if comment.number == number]
    items, headers = page(call, found, f"/repos/{call.repository.full_name}/issues/{number}/comments")
    return Reply(200, [_shown(call, comment) for comment in items], headers=headers)


@for_installation("issues/create-comment", "issues:write", "pull_requests:write")
def create_comment(call: Call) -> Reply:
    """Store a comment of the App."""
    check_length(call.body["body"])
    comment = IssueComment(
        next(call.state.ids), _number(call), call.acting_app.bot, call.body["body"], call.state.now()
    )
    call.repository.issue_comments[comment.id] = comment
    return Reply(201, _shown(call, comment))


def _number(call: Call) -> int:
    number: int = call.parameters["issue_number"]
    if number not in call.repository.pulls:
        raise Refused(404, "Not Found")
    return number


def _shown(call: Call, comment: IssueComment) -> Json:
    url = f"{call.base_url}/repos/{call.repository.full_name}"
    site = f"{payloads.SITE}/{call.repository.full_name}/pull/{comment.number}"
    return {
        "id": comment.id,
        "node_id": f"IC_{comment.id}",
        "url": f"{url}/issues/comments/{comment.id}",
        "html_url": f"{site}#issuecomment-{comment.id}",
        "issue_url": f"{url}/issues/{comment.number}",
        "user": payloads.user(comment.author, call.base_url),
        "body": comment.body,
        "created_at": timestamp(comment.created_at),
        "updated_at": timestamp(comment.created_at),
        "author_association": "NONE",
        "performed_via_github_app": None,
    }
