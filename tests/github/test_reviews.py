import httpx
import pytest

from github import reviews
from github.errors import NotFound, Unprocessable, WriteOutcomeUnknown
from github.markers import format_marker
from github.patches import Side
from github.reviews import Author, DraftComment, Review, ReviewComment

pytestmark = pytest.mark.anyio

REVIEWS = "/repos/octo/shop/pulls/7/reviews"
COMMENT = "/repos/octo/shop/pulls/comments/5"
STORED = {"id": 5, "path": "a.py", "body": "b", "user": {"login": "skillaudit[bot]"}, "line": None, "commit_id": "aa"}


def review(number: int, login: str | None, body: str) -> dict:
    return {"id": number, "state": "COMMENTED", "body": body, "user": login and {"login": login}, "commit_id": "aa"}


async def test_a_review_is_posted_in_one_call_and_never_approves(repository, script):
    script.on(f"POST {REVIEWS}", httpx.Response(200, json=review(1, "skillaudit[bot]", "body")))
    drafts = [
        DraftComment("a.py", 3, "one line"),
        DraftComment("a.py", 9, "many lines", start_line=7),
        DraftComment("a.py", 9, "start is end", start_line=9),
        DraftComment("b.py", 2, "removed", Side.LEFT),
    ]

    posted = await reviews.post_review(repository, 7, "aa", "body", drafts)

    assert posted == Review(1, "COMMENTED", "body", "aa", Author("skillaudit[bot]"))
    assert script.bodies(f"POST {REVIEWS}") == [
        {
            "commit_id": "aa",
            "body": "body",
            "event": "COMMENT",
            "comments": [
                {"path": "a.py", "line": 3, "side": "RIGHT", "body": "one line"},
                {
                    "path": "a.py",
                    "line": 9,
                    "side": "RIGHT",
                    "body": "many lines",
                    "start_line": 7,
                    "start_side": "RIGHT",
                },
                {"path": "a.py", "line": 9, "side": "RIGHT", "body": "start is end"},
                {"path": "b.py", "line": 2, "side": "LEFT", "body": "removed"},
            ],
        }
    ]


async def test_a_review_outside_the_diff_is_told_from_other_refusals(repository, script):
    errors = ["Pull request review thread line must be part of the diff"]
    script.on(f"POST {REVIEWS}", httpx.Response(422, json={"message": "Unprocessable Entity", "errors": errors}))

    with pytest.raises(Unprocessable) as caught:
        await reviews.post_review(repository, 7, "aa", "body", [DraftComment("a.py", 3, "x")])
    assert caught.value.concerns_diff


async def test_a_review_that_was_stored_behind_a_502_is_found_by_its_marker(repository, script):
    body = f"SkillAudit\n\n{format_marker('job-1')}"
    script.on(f"POST {REVIEWS}", httpx.Response(502))
    script.on(
        f"GET {REVIEWS}",
        httpx.Response(
            200,
            json=[
                review(1, "mallory", body),
                review(2, None, body),
                review(3, "skillaudit[bot]", body.replace("job-1", "job-2")),
                review(4, "skillaudit[bot]", body),
            ],
        ),
    )

    with pytest.raises(WriteOutcomeUnknown):
        await reviews.post_review(repository, 7, "aa", body, [])
    found = await reviews.find_review(repository, 7, "job-1", "skillaudit[bot]")

    assert found is not None
    assert found.id == 4
    assert await reviews.find_review(repository, 7, "job-3", "skillaudit[bot]") is None
    assert len(script.calls(f"POST {REVIEWS}")) == 1


async def test_comments_are_listed(repository, script):
    script.on("GET /repos/octo/shop/pulls/7/comments", httpx.Response(200, json=[STORED]))

    assert await reviews.list_comments(repository, 7) == (
        ReviewComment(5, "a.py", "b", Author("skillaudit[bot]"), "aa"),
    )


async def test_a_comment_is_edited_answered_and_reacted_to(repository, script):
    script.on(f"PATCH {COMMENT}", httpx.Response(200, json=STORED))
    script.on("POST /repos/octo/shop/pulls/7/comments/5/replies", httpx.Response(201, json=STORED))
    script.on("POST /repos/octo/shop/issues/comments/6/reactions", httpx.Response(201, json={"id": 1}))

    await reviews.edit_comment(repository, 5, "edited")
    await reviews.reply(repository, 7, 5, "again")
    await reviews.react(repository, "issues", 6, "eyes")

    assert [request.content for request in script.requests] == [
        b'{"body":"edited"}',
        b'{"body":"again"}',
        b'{"content":"eyes"}',
    ]


async def test_a_comment_that_is_gone_is_deleted_already_but_cannot_be_edited(repository, script):
    script.on(f"DELETE {COMMENT}", httpx.Response(204), httpx.Response(404))
    script.on(f"PATCH {COMMENT}", httpx.Response(404))

    await reviews.delete_comment(repository, 5)
    await reviews.delete_comment(repository, 5)
    with pytest.raises(NotFound):
        await reviews.edit_comment(repository, 5, "x")
