"""The review threads of a pull request, and whose they are."""

import msgspec

from github.graphql import Answer, failure_of, mutate, query
from github.markers import Marker, parse_marker
from github.repositories import Repository

# GitHub itself knows no pull request with more than some thousand threads; each page is a call.
MAX_PAGES = 50


class ThreadComment(msgspec.Struct, frozen=True):
    """A comment of a thread; `id` is its node id, `database_id` that of REST, `marker` is set only if we wrote it.

    `folded` is why it was minimised, in GitHub's words, None where it was not.
    """

    id: str
    database_id: int
    body: str
    author: str
    viewer_did_author: bool
    marker: Marker | None = None
    folded: str | None = None


class ReviewThread(msgspec.Struct, frozen=True):
    """A thread with its first 50 comments; `line` is null once outdated, `id` the node id that resolving takes."""

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


class Actor(msgspec.Struct, frozen=True):
    """Who did it; absent for accounts that were deleted."""

    login: str = ""


class CommentNode(msgspec.Struct, frozen=True, rename="camel"):
    """A comment as GraphQL tells it."""

    id: str
    database_id: int | None = None
    body: str = ""
    viewer_did_author: bool = False
    author: Actor | None = None
    minimized_reason: str | None = None


class CommentNodes(msgspec.Struct, frozen=True):
    """A page of comments."""

    nodes: tuple[CommentNode | None, ...] | None = None


class ThreadNode(msgspec.Struct, frozen=True, rename="camel"):
    """A thread as GraphQL tells it."""

    id: str
    path: str = ""
    line: int | None = None
    original_line: int | None = None
    is_resolved: bool = False
    is_outdated: bool = False
    resolved_by: Actor | None = None
    comments: CommentNodes = CommentNodes()


class PageInfo(msgspec.Struct, frozen=True, rename="camel"):
    """Whether and where a list goes on."""

    has_next_page: bool = False
    end_cursor: str | None = None


class ThreadNodes(msgspec.Struct, frozen=True, rename="camel"):
    """A page of threads."""

    page_info: PageInfo = PageInfo()
    nodes: tuple[ThreadNode | None, ...] | None = None

    @property
    def next_cursor(self) -> str | None:
        """Where the next page begins, None on the last one."""
        return self.page_info.end_cursor if self.page_info.has_next_page else None


class ThreadedPull(msgspec.Struct, frozen=True, rename="camel"):
    """A pull request with a page of threads."""

    review_threads: ThreadNodes


class ThreadedRepository(msgspec.Struct, frozen=True, rename="camel"):
    """A repository with one pull request."""

    pull_request: ThreadedPull | None = None


class ThreadData(msgspec.Struct, frozen=True):
    """The data of the query below."""

    repository: ThreadedRepository | None = None


THREADS = msgspec.json.Decoder(Answer[ThreadData])
THREAD_FIELDS = """
reviewThreads(first: 100, after: $after) {
  pageInfo { hasNextPage endCursor }
  nodes {
    id isResolved isOutdated path line originalLine
    resolvedBy { login }
    comments(first: 50) { nodes { id databaseId body viewerDidAuthor minimizedReason author { login } } }
  }
}
"""
QUERY = f"""
query($owner: String!, $name: String!, $number: Int!, $after: String) {{
  repository(owner: $owner, name: $name) {{ pullRequest(number: $number) {{ {THREAD_FIELDS} }} }}
}}
"""
# By what a comment of ours is told from one that somebody hid for another reason.
FIXED = "resolved"
RESOLVE = "mutation($id: ID!) { resolveReviewThread(input: {threadId: $id}) { thread { id } } }"
UNRESOLVE = "mutation($id: ID!) { unresolveReviewThread(input: {threadId: $id}) { thread { id } } }"
MINIMIZE = """
mutation($id: ID!) {
  minimizeComment(input: {subjectId: $id, classifier: RESOLVED}) { minimizedComment { isMinimized } }
}
"""
UNMINIMIZE = """
mutation($id: ID!) {
  unminimizeComment(input: {subjectId: $id}) { unminimizedComment { isMinimized } }
}
"""


async def read_threads(repository: Repository, number: int, after: str | None = None) -> tuple[ReviewThread, ...]:
    """Read all review threads of a pull request, from a cursor on; raise GraphQLFailed rather than give a part."""
    found: list[ReviewThread] = []
    for _ in range(MAX_PAGES):
        variables = {"owner": repository.owner, "name": repository.name, "number": number, "after": after}
        answer = await query(repository, QUERY, variables, THREADS)
        pull = answer.data.repository.pull_request if answer.data and answer.data.repository else None
        if answer.errors or pull is None:
            raise failure_of(answer.errors)
        found.extend(threads_of(pull.review_threads))
        after = pull.review_threads.next_cursor
        if after is None:
            break
    return tuple(found)


async def resolve_thread(repository: Repository, thread_id: str) -> None:
    """Resolve a thread; without `contents: write` GitHub refuses it (GraphQLFailed, type FORBIDDEN)."""
    await mutate(repository, RESOLVE, {"id": thread_id})


async def unresolve_thread(repository: Repository, thread_id: str) -> None:
    """Open a resolved thread again; GitHub refuses it where it refuses resolving."""
    await mutate(repository, UNRESOLVE, {"id": thread_id})


async def minimize_comment(repository: Repository, comment_id: str) -> None:
    """Fold a comment as resolved, by its node id; raise GraphQLFailed where that is not allowed."""
    await mutate(repository, MINIMIZE, {"id": comment_id})


async def unminimize_comment(repository: Repository, comment_id: str) -> None:
    """Show a folded comment again, by its node id; raise GraphQLFailed where that is not allowed."""
    await mutate(repository, UNMINIMIZE, {"id": comment_id})


def threads_of(page: ThreadNodes) -> tuple[ReviewThread, ...]:
    """Return the threads of a page."""
    return tuple(_thread(node) for node in page.nodes or () if node is not None)


def _thread(node: ThreadNode) -> ReviewThread:
    return ReviewThread(
        id=node.id,
        path=node.path,
        line=node.line,
        original_line=node.original_line,
        is_resolved=node.is_resolved,
        is_outdated=node.is_outdated,
        resolved_by=node.resolved_by.login if node.resolved_by else None,
        comments=tuple(_comment(comment) for comment in node.comments.nodes or () if comment is not None),
    )


def _comment(node: CommentNode) -> ThreadComment:
    return ThreadComment(
        id=node.id,
        database_id=node.database_id or 0,
        body=node.body,
        author=node.author.login if node.author else "",
        viewer_did_author=node.viewer_did_author,
        marker=parse_marker(node.body) if node.viewer_did_author else None,
        folded=node.minimized_reason or None,
    )
