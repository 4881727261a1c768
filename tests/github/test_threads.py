import httpx
import pytest

from github.blobs import blob_oid
from github.contents import File
from github.context import Context, PullState, read_context
from github.errors import GraphQLFailed, WriteOutcomeUnknown
from github.markers import Marker, format_marker
from github.threads import ReviewThread, ThreadComment, minimize_comment, read_threads, resolve_thread

pytestmark = pytest.mark.anyio

GRAPHQL = "POST /graphql"
BODY = f"title\n{format_marker('3', 'ab')}"
OURS = {"id": "C1", "databaseId": 11, "body": BODY, "viewerDidAuthor": True, "author": {"login": "skillaudit"}}
THEIRS = {"id": "C2", "databaseId": 12, "body": BODY, "viewerDidAuthor": False, "author": None}


def thread(*comments: dict, **changes) -> dict:
    known = {"id": "T1", "path": "a.py", "line": 3, "originalLine": 2, "isResolved": False, "isOutdated": False}
    return {**known, "resolvedBy": None, "comments": {"nodes": list(comments)}, **changes}


def threads(*nodes: dict, cursor: str | None = None) -> dict:
    return {"pageInfo": {"hasNextPage": cursor is not None, "endCursor": cursor}, "nodes": list(nodes)}


def answer(**repository) -> httpx.Response:
    return httpx.Response(200, json={"data": {"repository": repository}})


PULL = {
    "number": 7,
    "state": "OPEN",
    "isDraft": False,
    "headRefOid": "aa",
    "baseRefOid": "bb",
    "baseRefName": "main",
    "changedFiles": 2,
    "headRepository": {"nameWithOwner": "fork/shop"},
    "author": {"login": "ann"},
}
OUR_COMMENT = ThreadComment("C1", 11, BODY, "skillaudit", viewer_did_author=True, marker=Marker("3", "ab"))
THEIR_COMMENT = ThreadComment("C2", 12, BODY, "", viewer_did_author=False)


async def test_everything_that_a_review_needs_first_takes_one_call(repository, script):
    file = {"oid": blob_oid(b"gate: low"), "text": "gate: low", "byteSize": 9, "isTruncated": False, "isBinary": False}
    node = thread(OURS, THEIRS, None, isResolved=True, resolvedBy={"login": "ann"}, line=None, isOutdated=True)
    script.on(GRAPHQL, answer(file=file, pullRequest={**PULL, "reviewThreads": threads(node, None)}))

    context = await read_context(repository, 7, "bb", ".github/x.yml")

    assert context == Context(
        File(blob_oid(b"gate: low"), b"gate: low"),
        PullState(7, "OPEN", False, "aa", "bb", "main", 2, "fork/shop", "ann"),
        (ReviewThread("T1", "a.py", None, 2, True, True, "ann", (OUR_COMMENT, THEIR_COMMENT)),),
    )
    assert script.bodies(GRAPHQL)[0]["variables"] == {
        "owner": "octo",
        "name": "shop",
        "number": 7,
        "file": "bb:.github/x.yml",
    }


async def test_a_pull_request_without_file_fork_or_author_is_read(repository, script):
    pull = {**PULL, "headRepository": None, "author": None, "reviewThreads": threads()}
    script.on(GRAPHQL, answer(file=None, pullRequest=pull))

    context = await read_context(repository, 7, "bb", "x.yml")

    assert context == Context(None, PullState(7, "OPEN", False, "aa", "bb", "main", 2, None, None), ())


async def test_more_than_a_hundred_threads_are_read_page_by_page(repository, script):
    script.on(
        GRAPHQL,
        answer(file=None, pullRequest={**PULL, "reviewThreads": threads(thread(OURS), cursor="c1")}),
        answer(pullRequest={"reviewThreads": threads(thread(OURS, id="T2"), cursor="c2")}),
        answer(pullRequest={"reviewThreads": threads(thread(OURS, id="T3"))}),
    )

    context = await read_context(repository, 7, "bb", "x.yml")

    assert [one.id for one in context.threads] == ["T1", "T2", "T3"]
    assert [body["variables"].get("after") for body in script.bodies(GRAPHQL)] == [None, "c1", "c2"]


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ({"repository": {"file": None, "pullRequest": None}}, "NOT_FOUND"),
        ({"repository": None}, "NOT_FOUND"),
        (None, ""),
        ({"repository": {"pullRequest": {**PULL, "reviewThreads": threads()}}}, "FORBIDDEN"),
    ],
)
async def test_a_part_of_an_answer_is_not_taken_for_the_whole(repository, script, data, kind):
    error = {"message": "x", **({"type": kind} if kind else {})}
    script.on(GRAPHQL, httpx.Response(200, json={"data": data, "errors": [error]}))

    with pytest.raises(GraphQLFailed) as caught:
        await read_context(repository, 7, "bb", "x.yml")
    assert caught.value.types == (kind,)
    with pytest.raises(GraphQLFailed):
        await read_threads(repository, 7)


def test_a_thread_is_ours_by_its_first_comment_and_knows_replies_of_others():
    ours = ReviewThread("T1", "a.py", 1, 1, False, False, None, (OUR_COMMENT, THEIR_COMMENT))
    forged = ReviewThread("T2", "a.py", 1, 1, False, False, None, (THEIR_COMMENT, OUR_COMMENT))
    silent = ReviewThread("T3", "a.py", 1, 1, False, False, None, (OUR_COMMENT, OUR_COMMENT))
    empty = ReviewThread("T4", "a.py", 1, 1, False, False, None, ())

    assert [one.marker for one in (ours, forged, silent, empty)] == [Marker("3", "ab"), None, Marker("3", "ab"), None]
    assert [one.has_reply for one in (ours, forged, silent, empty)] == [True, True, False, False]


async def test_threads_are_resolved_and_comments_folded(repository, script):
    script.on(GRAPHQL, httpx.Response(200, json={"data": {"resolveReviewThread": {"thread": {"id": "T1"}}}}))

    await resolve_thread(repository, "T1")
    await minimize_comment(repository, "C1")

    bodies = script.bodies(GRAPHQL)
    assert [body["variables"] for body in bodies] == [{"id": "T1"}, {"id": "C1"}]
    assert "resolveReviewThread(input: {threadId: $id})" in bodies[0]["query"]
    assert "minimizeComment(input: {subjectId: $id, classifier: RESOLVED})" in bodies[1]["query"]


async def test_a_mutation_that_is_refused_or_lost_says_so_and_is_sent_once(repository, script):
    refusal = {"data": {"resolveReviewThread": None}, "errors": [{"type": "FORBIDDEN", "message": "no"}]}
    script.on(GRAPHQL, httpx.Response(200, json=refusal), httpx.Response(502))

    with pytest.raises(GraphQLFailed, match="no"):
        await resolve_thread(repository, "T1")
    with pytest.raises(WriteOutcomeUnknown):
        await resolve_thread(repository, "T1")
    assert len(script.requests) == 2
