"""Comments reach GitHub once, and one bad place does not take the others with it."""

import asyncio
import json
from collections.abc import Sequence

import httpx
import pytest

from analyzers.finding import Confidence, Finding, Location, Position, Report, Severity, Span
from app import queue
from app.comments import Plan, Post
from app.events import Enqueue, Where
from app.leases import Lease
from app.publishing import Desk, HeadMoved, publish
from app.render.view import View
from app.store import Store
from app.verdict import Verdict
from github.client import Client
from github.credentials import Authorization
from github.repositories import Repository
from github.reviews import DraftComment

HEAD = "a" * 40
PATCH = "@@ -1,2 +1,3 @@\n one\n+two\n three"


def finding(fingerprint: str, line: int) -> Finding:
    span = Span(Position(line, 1), Position(line, 2))
    return Finding(
        rule="a-rule",
        principle="verify_explicitly",
        severity=Severity.HIGH,
        confidence=Confidence.HIGH,
        location=Location("server.py", span),
        message="wrong",
        why="because",
        fingerprint=fingerprint,
    )


def post(fingerprint: str, line: int) -> Post:
    return Post(finding(fingerprint, line), DraftComment("server.py", line, f"body {fingerprint}"))


class Token:
    async def authorization(self) -> Authorization:
        return Authorization("Bearer token", 0.0)

    def drop(self, _refused: Authorization) -> bool:
        return False


class Office:
    """A pull request whose reviews are refused as often as told."""

    def __init__(self, store: Store, refusals: int, head: str = HEAD) -> None:
        self.refusals = refusals
        self.head = head
        self.sent: list[list[int]] = []
        where = Where(1, 2, "shop/server")
        with store.transaction() as session:
            queue.enqueue(session, Enqueue(where, "pr:7", HEAD, "b", "main"), "e1", 0.0)
            review = queue.claim(session, queue.Holder("me"), 0.0)
        store.clock = lambda: 0.0
        self.lease = Lease(store, review.id, queue.Holder("me"))

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST" and request.url.path.endswith("/reviews"):
            self.sent.append([comment["line"] for comment in json.loads(request.content)["comments"]])
            if len(self.sent) <= self.refusals:
                errors = ["Pull request review thread line must be part of the diff"]
                return httpx.Response(422, json={"message": "Unprocessable Entity", "errors": errors})
            review = {
                "id": 1,
                "body": "",
                "state": "COMMENTED",
                "commit_id": HEAD,
                "user": {"login": "skillaudit[bot]"},
            }
            return httpx.Response(200, json=review)
        if request.url.path.endswith("/files"):
            return httpx.Response(200, json=[{"filename": "server.py", "status": "modified", "patch": PATCH}])
        head = {"ref": "feature", "sha": self.head}
        pull = {
            "number": 7,
            "state": "open",
            "head": head,
            "base": {"ref": "main", "sha": "b" * 40},
            "changed_files": 1,
        }
        return httpx.Response(200, json=pull)

    def publish(self, posts: Sequence[Post]) -> frozenset[str]:
        view = View(Report(), Verdict("failure", Severity.HIGH, 1, "title"), job="job")
        plan = Plan(tuple(posts), inline=frozenset(item.finding.fingerprint for item in posts))

        async def run() -> frozenset[str]:
            async with Client("http://github", transport=httpx.MockTransport(self.answer)) as client:
                repository = Repository(client, Token(), "shop/server")
                desk = Desk(repository, 7, HEAD, "skillaudit[bot]", self.lease, lambda _step: None)
                return await publish(desk, view, plan, "main")

        return asyncio.run(run())


def test_all_comments_go_in_one_review(store: Store) -> None:
    office = Office(store, refusals=0)

    published = office.publish([post("f1", 1), post("f2", 2)])

    assert office.sent == [[1, 2]]
    assert published == {"f1", "f2"}


def test_a_comment_outside_of_the_diff_is_left_to_the_check_and_the_others_are_sent_again(store: Store) -> None:
    office = Office(store, refusals=1)

    published = office.publish([post("f1", 2), post("f2", 90)])

    assert office.sent == [[2, 90], [2]]
    assert published == {"f1"}


def test_where_no_culprit_is_found_all_is_left_to_the_check(store: Store) -> None:
    office = Office(store, refusals=9)

    published = office.publish([post("f1", 2)])

    assert office.sent == [[2]]
    assert published == set()


def test_a_second_refusal_leaves_all_to_the_check(store: Store) -> None:
    office = Office(store, refusals=9)

    published = office.publish([post("f1", 2), post("f2", 90)])

    assert office.sent == [[2, 90], [2]]
    assert published == set()


def test_nothing_is_sent_again_once_the_head_has_moved(store: Store) -> None:
    office = Office(store, refusals=1, head="c" * 40)

    with pytest.raises(HeadMoved):
        office.publish([post("f1", 2), post("f2", 90)])


def test_no_comments_no_review(store: Store) -> None:
    office = Office(store, refusals=0)

    office.publish([])

    assert office.sent == []
