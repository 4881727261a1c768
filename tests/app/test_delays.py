"""GitHub asks to pause for longer than a review may take: the check comes first, the comments follow."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from app.store import Store
from app.tables import Pace, Review
from tests.app import shop
from tests.app.here import Here
from tests.standin.faults import Fault, Kind
from tests.standin.records import CheckRun, PullRequest
from tests.standin.server import StandIn

pytest_plugins = ["tests.standin.plugin"]


@pytest.fixture
def here(standin: StandIn, tmp_path: Path) -> Iterator[Here]:
    with Here(standin, tmp_path) as server:
        server.repository.commit(shop.BASE)
        server.repository.commit(shop.UNGUARDED, "feature")
        yield server


def stored(here: Here, alter: Callable[[Review, Pace | None], None]) -> Callable[[], None]:
    """Return what changes the stored review and pace, to be done at some step."""

    def change() -> None:
        store = Store(here.settings.database_url)
        with store.transaction() as session:
            alter(session.exec(select(Review)).one(), session.exec(select(Pace)).first())
        store.close()

    return change


def opened(here: Here) -> PullRequest:
    pull = here.standin.open_pull(here.repository, "feature")
    here.start()
    here.deliver("pull_request", "opened", pull=pull)
    return pull


def assert_complete(here: Here, pull: PullRequest, check: CheckRun) -> None:
    assert here.standin.check_runs(pull.head_sha) == [check]
    assert (check.status, check.conclusion) == ("completed", "failure")
    assert "will follow" not in (check.summary or "")
    assert len(here.standin.reviews(here.repository, pull)) == 1
    assert len(here.bodies(pull)) == 1
    assert check.annotations == []


def test_the_check_is_concluded_at_once_where_only_comments_must_wait(here: Here) -> None:
    def spend(review: Review, pace: Pace | None) -> None:
        assert pace is not None
        # An hour's content is written, and a moment later it is not.
        pace.content_full_at = review.created_at + 3 * 3600

    def refill(review: Review, pace: Pace | None) -> None:
        assert pace is not None
        pace.content_full_at = 0.0
        review.not_before = 0.0

    here.at["fenced"] = stored(here, spend)
    pull = opened(here)
    here.wait_for("comments delayed")
    check = here.standin.wait_concluded(pull.head_sha)

    assert check.conclusion == "failure"
    assert "1 comment on this change will follow" in (check.summary or "")
    assert shop.NAME in (check.text or "")
    assert here.bodies(pull) == []

    here.wait_for("put back")
    stored(here, refill)()
    here.wait_for("ended")
    assert_complete(here, pull, check)


def test_after_a_long_pause_the_check_comes_before_the_comments(here: Here) -> None:
    def end_pause(review: Review, pace: Pace | None) -> None:
        assert pace is not None
        pace.paused_until = 0.0
        review.not_before = 0.0

    fault = here.standin.faults.add(Fault("POST", "/reviews$", Kind.SECONDARY_LIMIT, retry_after=1000))
    pull = opened(here)
    here.wait_for("put back")
    check = here.check(pull.head_sha)
    assert (check.status, fault.hits) == ("in_progress", 1)

    held = here.standin.faults.hold("POST", "/reviews$")
    stored(here, end_pause)()
    held.wait()
    assert (check.status, check.conclusion) == ("completed", "failure")
    assert "will follow" in (check.summary or "")
    held.release()
    here.wait_for("ended")

    assert_complete(here, pull, check)


@pytest.mark.parametrize("kind", [Kind.SECONDARY_LIMIT_SILENT, Kind.ABUSE, Kind.GRAPHQL_LIMIT, Kind.PRIMARY_LIMIT])
def test_every_shape_of_a_limit_pauses_the_whole_installation(here: Here, kind: Kind) -> None:
    paused: list[float] = []

    def note_and_end(review: Review, pace: Pace | None) -> None:
        assert pace is not None
        paused.append(pace.paused_until - review.created_at)
        pace.paused_until = 0.0
        review.not_before = 0.0

    path = "/graphql" if kind is Kind.GRAPHQL_LIMIT else "/reviews$"
    here.standin.faults.add(Fault("POST", path, kind))
    pull = opened(here)
    here.wait_for("put back")
    stored(here, note_and_end)()
    here.wait_for("ended")

    assert paused[0] >= 55
    assert_complete(here, pull, here.check(pull.head_sha))
