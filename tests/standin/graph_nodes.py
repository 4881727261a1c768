"""The nodes of the GraphQL graph as dictionaries; a value that is a function is resolved when asked for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.standin import objects
from tests.standin.accounts import Token, User
from tests.standin.anchors import current_line, is_outdated
from tests.standin.objects import GitObject
from tests.standin.payloads import CREATED, SITE, timestamp
from tests.standin.records import Comment, PullRequest, Thread
from tests.standin.repository import Repository
from tests.standin.state import State

Node = dict[str, Any]
TEXT_LIMIT = 512_000
BINARY_PROBE = 8_000
TYPES = {"blob": "Blob", "tree": "Tree", "commit": "Commit", "tag": "Tag"}


class Problem(Exception):
    """Raised inside a query; ``kind`` is GitHub's type of error (NOT_FOUND, FORBIDDEN, ...)."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Context:
    """What resolving needs: the state, who asks, and the git objects read beforehand."""

    state: State
    token: Token
    base_url: str
    objects: dict[str, GitObject]

    def require(self, permission: str, level: str) -> None:
        """Refuse a caller without a permission."""
        if not self.token.allows(permission, level):
            raise Problem("FORBIDDEN", "Resource not accessible by integration")


def query(context: Context) -> Node:
    """Return the root of queries."""
    return {
        "id": "QUERY",
        "node": lambda **asked: _node(context, asked["id"]),
        "rateLimit": lambda **_: _rate_limit(context),
        "repository": lambda **asked: _repository_by_name(context, **asked),
        "viewer": lambda: user(context.token.installation.app.bot) | {"__typename": "User"},
    }


def _rate_limit(context: Context) -> Node:
    reset = context.state.now().replace(minute=59, second=59)
    untouched = {"limit": 5000, "remaining": 4999, "used": 1, "nodeCount": 1}
    return {"cost": 1, "resetAt": timestamp(reset), **untouched}


def _repository_by_name(context: Context, owner: str, name: str, followRenames: bool = True) -> Node:  # noqa: N803
    full_name = f"{owner}/{name}".lower()
    found = context.state.repositories.get(full_name)
    if found is None and followRenames:
        found = context.state.renamed.get(full_name)
    if found is None or not context.token.reaches(found.id):
        raise Problem("NOT_FOUND", f"Could not resolve to a Repository with the name '{owner}/{name}'.")
    return repository(context, found)


def user(account: User) -> Node:
    """Return an actor; bots have no ``[bot]`` in their GraphQL login."""
    return {
        "__typename": account.type,
        "id": account.node_id,
        "databaseId": account.id,
        "login": account.login.removesuffix("[bot]") if account.type == "Bot" else account.login,
        "url": f"{SITE}/{account.login}",
    }


def repository(context: Context, found: Repository, fork: User | None = None) -> Node:
    """Return a repository, or the fork of it that this account owns (which the token may not look into)."""
    owner = fork or found.owner
    return {
        "__typename": "Repository",
        "id": found.node_id if fork is None else f"R_{found.id}_{fork.id}",
        "databaseId": found.id if fork is None else found.id * 1000 + fork.id,
        "name": found.name,
        "nameWithOwner": f"{owner.login}/{found.name}",
        "owner": user(owner),
        "isPrivate": found.private,
        "isFork": fork is not None,
        "isArchived": found.archived,
        "url": f"{SITE}/{owner.login}/{found.name}",
        "defaultBranchRef": lambda: _reference(context, found),
        "object": lambda **named: None if fork else _object(context, found, **named),
        "pullRequest": lambda number: _pull_by_number(context, found, number),
        "pullRequests": lambda **asked: _pulls(context, found, asked),
    }


def _reference(context: Context, found: Repository) -> Node:
    sha = found.head(found.default_branch)
    return {
        "__typename": "Ref",
        "id": f"REF_{found.id}",
        "name": found.default_branch,
        "prefix": "refs/heads/",
        "target": lambda: _object(context, found, oid=sha),
    }


def _object(context: Context, found: Repository, expression: str | None = None, oid: str | None = None) -> Node | None:
    context.require("contents", "read")
    sha = oid or (found.resolve(expression) if expression else None)
    if sha is None:
        return None
    item = context.objects.get(f"{found.id}:{sha}") or objects.read(found.path, sha)
    return git_object(item) if item else None


def git_object(found: GitObject) -> Node:
    """Return a git object; a blob's text is null if binary and cut near 500 KB."""
    node: Node = {"__typename": TYPES[found.kind], "id": f"{TYPES[found.kind][0]}_{found.sha}", "oid": found.sha}
    if found.kind == "blob":
        binary = b"\0" in found.data[:BINARY_PROBE]
        node |= {
            "byteSize": len(found.data),
            "isBinary": binary,
            "isTruncated": not binary and len(found.data) > TEXT_LIMIT,
            "text": None if binary else found.data[:TEXT_LIMIT].decode("utf-8", "replace"),
        }
    return node


def _pull_by_number(context: Context, found: Repository, number: int) -> Node:
    context.require("pull_requests", "read")
    if number not in found.pulls:
        raise Problem("NOT_FOUND", f"Could not resolve to a PullRequest with the number of {number}.")
    return pull(context, found, found.pulls[number])


def _pulls(context: Context, found: Repository, asked: dict[str, Any]) -> Node:
    context.require("pull_requests", "read")
    states = asked.pop("states", None)
    chosen = [
        item
        for item in found.pulls.values()
        if (states is None or _pull_state(item) in states)
        and asked.get("baseRefName", item.base_branch) == item.base_branch
        and asked.get("headRefName", item.head_branch) == item.head_branch
    ]
    return connection(chosen, asked, lambda item: pull(context, found, item))


def _pull_state(found: PullRequest) -> str:
    return "MERGED" if found.merged else found.state.upper()


def pull(context: Context, inside: Repository, found: PullRequest) -> Node:
    """Return a pull request with its threads."""
    fork = context.state.user(found.fork) if found.fork else None
    return {
        "__typename": "PullRequest",
        "id": found.node_id,
        "databaseId": found.id,
        "number": found.number,
        "title": found.title,
        "state": _pull_state(found),
        "isDraft": found.draft,
        "merged": found.merged,
        "isCrossRepository": fork is not None,
        "headRefOid": found.head_sha,
        "baseRefOid": lambda: inside.base_sha(found),
        "headRefName": found.head_branch,
        "baseRefName": found.base_branch,
        "changedFiles": lambda: len(inside.diff(found)),
        "additions": lambda: sum(file.additions for file in inside.diff(found)),
        "deletions": lambda: sum(file.deletions for file in inside.diff(found)),
        "headRepository": None if found.fork_deleted else repository(context, inside, fork),
        "baseRepository": lambda: repository(context, inside),
        "author": user(found.author),
        "url": f"{SITE}/{inside.full_name}/pull/{found.number}",
        "updatedAt": CREATED,
        "reviewThreads": lambda **asked: _threads(context, inside, found, asked),
    }


def _threads(context: Context, inside: Repository, found: PullRequest, asked: dict[str, Any]) -> Node:
    threads = context.state.threads_of(inside, found.number)
    return connection(threads, asked, lambda item: thread(context, inside, item))


def thread(context: Context, inside: Repository, found: Thread) -> Node:
    """Return a review thread; only contents:write lets an App resolve it."""
    root = context.state.comments[found.root_id]
    can_resolve = context.token.allows("contents", "write")
    return {
        "__typename": "PullRequestReviewThread",
        "id": found.node_id,
        "isResolved": found.resolved_by is not None,
        "isCollapsed": found.resolved_by is not None,
        "isOutdated": lambda: is_outdated(inside, root),
        "path": root.path,
        "line": lambda: current_line(inside, root, root.line),
        "startLine": lambda: current_line(inside, root, root.start_line),
        "originalLine": root.line,
        "originalStartLine": root.start_line,
        "diffSide": root.side,
        "subjectType": root.subject.upper(),
        "resolvedBy": user(found.resolved_by) | {"__typename": "User"} if found.resolved_by else None,
        "viewerCanReply": True,
        "viewerCanResolve": can_resolve and found.resolved_by is None,
        "viewerCanUnresolve": can_resolve and found.resolved_by is not None,
        "comments": lambda **asked: connection(
            context.state.comments_in(found), asked, lambda item: comment(context, inside, item)
        ),
    }


def comment(context: Context, inside: Repository, found: Comment) -> Node:
    """Return a review comment as this viewer sees it."""
    own = found.author == context.token.installation.app.bot
    root = context.state.comments[found.in_reply_to] if found.in_reply_to else found
    return {
        "__typename": "PullRequestReviewComment",
        "id": found.node_id,
        "databaseId": found.id,
        "fullDatabaseId": str(found.id),
        "body": found.body,
        "author": user(found.author),
        "viewerDidAuthor": own,
        "isMinimized": found.minimized is not None,
        "minimizedReason": found.minimized,
        "viewerCanMinimize": context.token.allows("pull_requests", "write"),
        "viewerCanDelete": own,
        "viewerCanUpdate": own,
        "outdated": lambda: is_outdated(inside, root),
        "path": found.path,
        "line": lambda: current_line(inside, root, root.line),
        "startLine": lambda: current_line(inside, root, root.start_line),
        "originalLine": found.line,
        "createdAt": timestamp(found.created_at),
        "updatedAt": timestamp(found.updated_at),
        "url": f"{SITE}/{inside.full_name}/pull/{found.number}#discussion_r{found.id}",
        "replyTo": lambda: comment(context, inside, root) if root is not found else None,
    }


def connection(items: Sequence[Any], asked: dict[str, Any], node: Callable[[Any], Node]) -> Node:
    """Return one page of a list; GitHub wants ``first`` or ``last``, at most 100."""
    first, last = asked.get("first"), asked.get("last")
    size = first if first is not None else last
    if size is None:
        raise Problem("MISSING_PAGINATION_BOUNDARIES", "You must provide a `first` or `last` value to paginate.")
    if not 0 <= size <= 100:
        raise Problem("EXCESSIVE_PAGINATION", f"Requesting {size} records exceeds the `first` limit of 100 records.")
    start = int(asked["after"].removeprefix("cursor:")) if asked.get("after") else 0
    end = int(asked["before"].removeprefix("cursor:")) - 1 if asked.get("before") else len(items)
    start, end = (start, min(end, start + size)) if first is not None else (max(start, end - size), end)
    info = {
        "startCursor": f"cursor:{start + 1}" if end > start else None,
        "endCursor": f"cursor:{end}" if end > start else None,
        "hasNextPage": end < len(items),
        "hasPreviousPage": start > 0,
    }
    return {"nodes": [node(item) for item in items[start:end]], "pageInfo": info, "totalCount": len(items)}


def _node(context: Context, node_id: str) -> Node:
    prefix, _, number = node_id.partition("_")
    if prefix == "PRRT" and number.isdigit() and int(number) in context.state.threads:
        found = context.state.threads[int(number)]
        return thread(context, visible_repository(context, found.repository_id, node_id), found)
    if prefix == "PRRC" and number.isdigit() and int(number) in context.state.comments:
        written = context.state.comments[int(number)]
        return comment(context, visible_repository(context, written.repository_id, node_id), written)
    for inside in context.state.repositories.values():
        for found_pull in inside.pulls.values():
            if found_pull.node_id == node_id:
                return pull(context, visible_repository(context, inside.id, node_id), found_pull)
    raise not_found(node_id)


def visible_repository(context: Context, repository_id: int, node_id: str) -> Repository:
    """Return the repository of a node, or answer as if the node did not exist."""
    if not context.token.reaches(repository_id):
        raise not_found(node_id)
    return context.state.repository_by_id(repository_id)


def not_found(node_id: str) -> Problem:
    """Return what GitHub says about an id that names nothing."""
    return Problem("NOT_FOUND", f"Could not resolve to a node with the global id of '{node_id}'")
