"""What people, branches and installations do while a review is under way, or between two."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app import shop
from tests.app.here import Here
from tests.standin.faults import Fault, Kind
from tests.standin.records import CheckRun, Comment, PullRequest
from tests.standin.repository import BranchRules
from tests.standin.server import StandIn

pytest_plugins = ["tests.standin.plugin"]
# Each call that changes a comment.
CHANGES = {
    "reply": ("POST", "/replies$", ""),
    "edit": ("PATCH", "/pulls/comments/", ""),
    "delete": ("DELETE", "/pulls/comments/", ""),
    "fold": ("POST", "/graphql", "minimizeComment"),
    "unfold": ("POST", "/graphql", "unminimizeComment"),
}


@pytest.fixture
def here(standin: StandIn, tmp_path: Path) -> Iterator[Here]:
    with Here(standin, tmp_path) as server:
        server.repository.commit(shop.BASE)
        yield server


def opened(here: Here, fork: str | None = None) -> PullRequest:
    here.repository.commit(shop.UNGUARDED, "feature", fork=fork)
    pull = here.standin.open_pull(here.repository, "feature", fork=fork)
    here.start()
    return pull


def push(here: Here, pull: PullRequest, files: dict[str, str]) -> CheckRun:
    here.repository.commit(files, "feature")
    return here.review("synchronize", pull)


def only_comment(here: Here, pull: PullRequest) -> Comment:
    (comment,) = here.standin.comments(here.repository, pull, hidden=True)
    return comment


def test_a_branch_that_is_forced_back_has_its_comments_opened_again(here: Here) -> None:
    pull = opened(here)
    here.review("opened", pull)
    before = pull.head_sha
    push(here, pull, shop.GUARDED)
    assert here.bodies(pull) == []

    here.repository.force("feature", before)
    here.review("synchronize", pull)

    root, reply = here.bodies(pull)
    assert not root.startswith("~~")
    assert "Back in" in reply
    assert {run.conclusion for run in here.standin.check_runs(before)} == {"failure"}


def test_a_late_event_of_a_head_that_was_reviewed_reviews_nothing(here: Here) -> None:
    pull = opened(here)
    late = here.standin.webhook("pull_request", "synchronize", repository=here.repository, pull=pull)
    here.review("opened", pull)
    push(here, pull, shop.GUARDED)

    here.standin.hooks.send(late)
    here.wait_for("inquiry answered")

    assert [state for _, state in here.reviews()] == ["done", "done"]


@pytest.mark.parametrize("hidden", [False, True])
def test_a_finding_that_comes_back_is_seen_unless_somebody_hid_it(here: Here, hidden: bool) -> None:
    pull = opened(here)
    here.review("opened", pull)
    if hidden:
        only_comment(here, pull).minimized = "off-topic"
    push(here, pull, shop.GUARDED)

    push(here, pull, shop.UNGUARDED)

    root, _ = here.standin.comments(here.repository, pull, hidden=True)
    assert root.minimized == ("off-topic" if hidden else None)
    assert not root.body.startswith("~~")


def test_a_thread_that_we_resolved_is_opened_when_its_finding_comes_back(here: Here) -> None:
    here.standin.app.permissions["contents"] = "write"
    here.standin.installation(here.repository).permissions["contents"] = "write"
    here.change(skillaudit_resolve_threads=True)
    pull = opened(here)
    here.review("opened", pull)
    push(here, pull, shop.GUARDED)
    (thread,) = here.standin.threads(here.repository, pull)
    assert thread.resolved_by == here.standin.app.bot

    push(here, pull, shop.UNGUARDED)

    assert thread.resolved_by is None


def test_a_comment_that_is_deleted_stays_away_though_its_review_failed_once(here: Here) -> None:
    pull = opened(here)
    here.review("opened", pull)
    # The new comment is posted, and then closing the other one fails.
    here.standin.faults.add(Fault("PATCH", "/pulls/comments/", Kind.BAD_GATEWAY))
    push(here, pull, shop.with_tools(shop.tool(guarded=True), shop.tool("delete_order")))
    second = next(item for item in here.standin.comments(here.repository, pull) if "delete_order" in item.body)
    second.deleted = True

    push(here, pull, {"notes.txt": "x"})

    assert len(here.standin.reviews(here.repository, pull)) == 2
    assert here.bodies(pull) == []


def test_a_comment_that_somebody_rewrote_is_left_alone(here: Here) -> None:
    pull = opened(here)
    here.review("opened", pull)
    only_comment(here, pull).body = "Known, see the wiki."

    check = push(here, pull, {"notes.txt": "x"})

    assert here.bodies(pull) == ["Known, see the wiki."]
    assert check.conclusion == "failure"


def test_an_answer_whose_comment_was_deleted_brings_it_not_back(here: Here) -> None:
    pull = opened(here)
    here.review("opened", pull)
    root = only_comment(here, pull)
    here.standin.people.reply(root, "maintainer", "The gateway decides.")
    root.deleted = True

    push(here, pull, {"notes.txt": "x"})

    assert here.bodies(pull) == ["The gateway decides."]


@pytest.mark.parametrize(("name", "value"), [("draft", True), ("state", "closed"), ("base_branch", "develop")])
def test_nothing_is_posted_on_what_became_something_else_meanwhile(here: Here, name: str, value: object) -> None:
    here.repository.commit({"notes.txt": "x"}, "develop")
    pull = opened(here)
    here.at["analyzed"] = lambda: setattr(pull, name, value)

    check = here.review("opened", pull)

    assert check.conclusion == "failure"
    assert here.standin.reviews(here.repository, pull) == []


def test_an_event_that_comes_after_the_last_look_at_the_pull_request_ends_the_writing(here: Here) -> None:
    pull = opened(here)
    looked = here.standin.faults.hold("GET", "/pulls/1$", after=True)
    here.deliver("pull_request", "opened", pull=pull)
    looked.wait()
    here.deliver("pull_request", "closed", pull=pull)
    here.wait_until_halted()
    looked.release()
    here.wait_for("ended")

    assert here.check(pull.head_sha).status == "completed"
    assert here.standin.reviews(here.repository, pull) == []


def test_a_locked_conversation_leaves_all_to_the_check(here: Here) -> None:
    pull = opened(here)
    here.standin.faults.add(Fault("POST", "/reviews$", Kind.LOCKED, times=None))

    check = here.review("opened", pull)

    assert shop.NAME in (check.title or "")
    assert [item.path for item in check.annotations] == ["server.py"]


def test_a_conversation_that_is_locked_later_keeps_no_check_from_its_verdict(here: Here) -> None:
    pull = opened(here)
    here.review("opened", pull)
    here.standin.faults.add(Fault("PATCH", "/pulls/comments/", Kind.LOCKED, times=None))

    assert push(here, pull, shop.GUARDED).conclusion == "success"


def test_a_fork_that_was_deleted_is_reviewed_all_the_same(here: Here) -> None:
    pull = opened(here, fork="mona")
    pull.fork_deleted = True

    check = here.review("opened", pull)

    assert check.conclusion == "failure"
    assert len(here.bodies(pull)) == 1


def test_tokens_that_expire_in_the_middle_are_replaced(here: Here) -> None:
    pull = opened(here)
    here.at["analyzed"] = here.standin.expire_tokens

    check = here.review("opened", pull)

    assert (check.conclusion, len(here.bodies(pull))) == ("failure", 1)


def test_a_permission_that_is_lost_in_the_middle_is_named(here: Here) -> None:
    pull = opened(here)
    granted = here.standin.installation(here.repository).permissions
    here.at["analyzed"] = lambda: granted.pop("pull_requests")

    check = here.review("opened", pull)

    # Without it nobody can tell whether the pull request is still the same.
    assert check.conclusion == "action_required"
    assert here.bodies(pull) == []


def test_a_repository_that_is_taken_out_of_the_installation_ends_its_reviews_quietly(here: Here) -> None:
    pull = opened(here)
    held = here.standin.faults.hold("GET", "/git/trees/")
    here.deliver("pull_request", "opened", pull=pull)
    held.wait()
    installation = here.standin.installation(here.repository)
    removed = here.standin.webhook(
        "installation_repositories", "removed", installation=installation, repositories=(here.repository,)
    )
    installation.repository_ids.discard(here.repository.id)
    here.standin.hooks.send(removed)
    here.wait_until_halted()
    held.release()
    here.wait_for("given up")

    assert here.reviews() == [(pull.head_sha, "cancelled")]


# A limit is waited for in one place, whatever it was that hit it.
FAILURES = [
    *((kind, change) for kind in (Kind.BAD_GATEWAY, Kind.BAD_GATEWAY_AFTER) for change in CHANGES),
    (Kind.SECONDARY_LIMIT, "edit"),
]


@pytest.mark.parametrize(("kind", "change"), FAILURES)
def test_a_change_of_a_comment_that_fails_is_made_once(here: Here, kind: Kind, change: str) -> None:
    method, path, body = CHANGES[change]
    here.repository.rules["main"] = BranchRules(conversation_resolution=change == "delete")
    pull = opened(here)
    here.review("opened", pull)
    comes_back = change in ("reply", "unfold")
    if comes_back:
        push(here, pull, shop.GUARDED)
    fault = here.standin.faults.add(Fault(method, path, kind, body=body))

    check = push(here, pull, shop.UNGUARDED if comes_back else shop.GUARDED)

    root, *replies = here.standin.comments(here.repository, pull, hidden=True)
    assert (fault.hits, check.conclusion) == (1, "failure" if comes_back else "success")
    assert len(replies) == comes_back
    assert root.deleted == (change == "delete")
    if change != "delete":
        assert root.body.startswith("~~") != comes_back
        assert root.minimized == (None if comes_back else "resolved")
