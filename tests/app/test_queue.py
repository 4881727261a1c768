"""The rules of the queue."""

import msgspec
import pytest
from sqlmodel import Session, select

from app import queue
from app.backlog import backlog
from app.events import Enqueue, HaltInstallation, HaltSubject, Rerequest, Resume, Where
from app.store import Store
from app.subjects import SETTLE_SECONDS
from app.tables import Halt, Review, ReviewState

WHERE = Where(installation_id=1, repo_id=2, full_name="shop/server")
FIRST = Enqueue(WHERE, "pr:7", "head1", "base1", "main")
NEXT = Enqueue(WHERE, "pr:7", "head2", "base1", "main")
AGAIN = msgspec.structs.replace(FIRST, again=True)


class Desk:
    """The queue with a clock that stands still unless moved."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = 1000.0

    def enqueue(self, request: Enqueue, engine: str = "e1") -> str | None:
        with self.store.transaction() as session:
            review = queue.enqueue(session, request, engine, self.now)
            return review and review.id

    def claim(self, owner: str = "me") -> str | None:
        with self.store.transaction() as session:
            review = queue.claim(session, queue.Holder(owner), self.now)
            return review and review.id

    def renew(self, review_id: str, owner: str = "me") -> bool:
        with self.store.transaction() as session:
            return queue.renew(session, review_id, queue.Holder(owner), self.now) is not None

    def finish(self, review_id: str, state: ReviewState = ReviewState.DONE) -> None:
        with self.store.transaction() as session:
            queue.finish(session, session.get_one(Review, review_id), state, self.now)

    def release(self, review_id: str, not_before: float) -> None:
        with self.store.transaction() as session:
            queue.release(session.get_one(Review, review_id), not_before, "reason")

    def row(self, review_id: str) -> Review:
        with self.store.transaction() as session:
            return session.get_one(Review, review_id)

    def rows(self) -> list[tuple[str, str, int, str]]:
        with self.store.transaction() as session:
            rows = session.exec(select(Review).order_by(Review.created_at, Review.repo_id, Review.rerun)).all()
            return [(row.head_sha, row.state, row.rerun, row.halt) for row in rows]

    def do(self, work, *arguments) -> object:
        with self.store.transaction() as session:
            return work(session, *arguments, self.now)


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store)


def test_one_head_is_reviewed_once_however_often_it_is_asked_for(desk: Desk) -> None:
    first = desk.enqueue(FIRST)

    assert desk.enqueue(FIRST) is None
    assert desk.claim() == first
    assert desk.enqueue(FIRST) is None
    desk.finish(first)
    assert desk.enqueue(FIRST) is None
    assert desk.rows() == [("head1", "done", 0, "")]


def test_asking_again_reviews_again(desk: Desk) -> None:
    desk.finish(desk.enqueue(FIRST))

    assert desk.enqueue(AGAIN) is not None
    assert [row[2] for row in desk.rows()] == [0, 1]


def test_another_engine_reviews_again(desk: Desk) -> None:
    desk.finish(desk.enqueue(FIRST))

    assert desk.enqueue(FIRST, engine="e2") is not None


def test_a_newer_push_ends_a_review_that_nobody_began(desk: Desk) -> None:
    desk.enqueue(FIRST)
    newer = desk.enqueue(NEXT)

    assert desk.rows() == [("head1", "superseded", 0, "superseded"), ("head2", "queued", 0, "")]
    assert desk.claim() == newer


def test_a_newer_push_halts_a_review_under_way(desk: Desk) -> None:
    first = desk.enqueue(FIRST)
    desk.claim()
    desk.enqueue(NEXT)

    row = desk.row(first)
    assert (row.state, row.halt, row.halted_by) == ("running", "superseded", "head2")


def test_of_pushes_in_a_row_the_last_is_reviewed_once_they_have_settled(desk: Desk) -> None:
    desk.enqueue(FIRST)
    desk.finish(desk.claim(), ReviewState.SUPERSEDED)
    first = desk.enqueue(NEXT)
    desk.claim()
    for number in range(5):
        desk.now += SETTLE_SECONDS / 2
        last = desk.enqueue(msgspec.structs.replace(NEXT, head_sha=f"head{number + 3}"))
        if number == 0:
            desk.finish(first, ReviewState.SUPERSEDED)
        assert desk.claim() is None

    desk.now += SETTLE_SECONDS
    assert desk.claim() == last


def test_a_review_that_is_asked_for_on_purpose_does_not_wait_for_more(desk: Desk) -> None:
    first = desk.enqueue(FIRST)
    desk.claim()
    again = desk.enqueue(msgspec.structs.replace(NEXT, again=True))
    desk.finish(first, ReviewState.SUPERSEDED)

    assert desk.claim() == again


def test_a_head_that_was_superseded_and_is_back_is_reviewed(desk: Desk) -> None:
    desk.enqueue(FIRST)
    desk.finish(desk.enqueue(NEXT))

    assert desk.enqueue(FIRST) is not None


def test_one_subject_is_worked_at_by_one_at_a_time(desk: Desk) -> None:
    first = desk.enqueue(FIRST)
    desk.claim("one")
    second = desk.enqueue(NEXT)

    desk.now += SETTLE_SECONDS
    assert desk.claim("two") is None
    desk.finish(first, ReviewState.SUPERSEDED)
    assert desk.claim("two") == second


def test_other_subjects_go_on_side_by_side(desk: Desk) -> None:
    desk.enqueue(FIRST)
    desk.claim("one")
    other = desk.enqueue(msgspec.structs.replace(FIRST, subject="pr:8"))

    assert desk.claim("two") == other


def test_a_merge_group_goes_first(desk: Desk) -> None:
    desk.enqueue(FIRST)
    group = desk.enqueue(msgspec.structs.replace(FIRST, subject="mg:refs/heads/gh-readonly-queue/main/pr-7-abc"))

    assert desk.claim() == group


def test_an_installation_that_floods_the_queue_does_not_hold_up_another(desk: Desk) -> None:
    flood = [desk.enqueue(msgspec.structs.replace(FIRST, subject=f"pr:{number}")) for number in range(5)]
    desk.now += 1
    assert desk.claim() == flood[0]
    desk.now += 1
    quiet = desk.enqueue(msgspec.structs.replace(FIRST, where=Where(9, 10, "quiet/server")))
    desk.now += 1

    order = []
    while (claimed := desk.claim()) is not None:
        order.append(claimed)
        desk.now += 1

    assert order == [quiet, *flood[1:]]


def test_installations_that_both_have_much_to_do_take_turns(desk: Desk) -> None:
    for number in range(3):
        desk.enqueue(msgspec.structs.replace(FIRST, subject=f"pr:{number}"))
    for number in range(3):
        desk.enqueue(msgspec.structs.replace(FIRST, where=Where(9, 10, "other/server"), subject=f"pr:{number}"))

    turns = []
    while (claimed := desk.claim()) is not None:
        turns.append(desk.row(claimed).installation_id)
        desk.now += 1

    assert turns in ([1, 9, 1, 9, 1, 9], [9, 1, 9, 1, 9, 1])


def test_a_lease_that_ran_out_is_taken_over_and_lost_to_the_first(desk: Desk) -> None:
    review = desk.enqueue(FIRST)
    desk.claim("one")

    desk.now += queue.Holder("me").lease_seconds - 1
    assert desk.claim("two") is None
    desk.now += 1
    assert desk.claim("two") == review
    assert not desk.renew(review, "one")
    assert desk.renew(review, "two")
    assert desk.row(review).attempts == 2


def test_a_renewed_lease_holds(desk: Desk) -> None:
    review = desk.enqueue(FIRST)
    desk.claim("one")
    desk.now += 15
    assert desk.renew(review, "one")
    desk.now += 15

    assert desk.claim("two") is None


def test_a_released_review_waits_for_its_time(desk: Desk) -> None:
    review = desk.enqueue(FIRST)
    desk.claim()
    desk.release(review, desk.now + 10)

    assert desk.claim() is None
    desk.now += 10
    assert desk.claim() == review


def test_what_failed_before_lets_others_go_first(desk: Desk) -> None:
    review = desk.enqueue(FIRST)
    desk.claim()
    desk.release(review, 0.0)
    desk.now += 1
    fresh = desk.enqueue(msgspec.structs.replace(FIRST, subject="pr:8"))

    assert desk.claim() == fresh
    assert desk.claim() == review


def test_closing_ends_what_waits_and_halts_what_runs(desk: Desk) -> None:
    desk.enqueue(FIRST)
    desk.do(queue.halt_subject, HaltSubject(2, "pr:7", Halt.CLOSED))
    running = desk.enqueue(FIRST)
    desk.claim()
    desk.do(queue.halt_subject, HaltSubject(2, "pr:7", Halt.CLOSED))

    assert desk.rows() == [("head1", "cancelled", 0, "closed"), ("head1", "running", 1, "closed")]
    assert desk.row(running).finished_at is None


def test_an_installation_that_is_gone_halts_only_its_own_repositories(desk: Desk) -> None:
    desk.enqueue(FIRST)
    desk.enqueue(msgspec.structs.replace(FIRST, where=Where(1, 3, "shop/other")))
    desk.enqueue(msgspec.structs.replace(FIRST, where=Where(9, 4, "else/where")))

    desk.do(queue.halt_installation, HaltInstallation(1, (3,)))
    assert [row[1] for row in desk.rows()] == ["queued", "cancelled", "queued"]
    desk.do(queue.halt_installation, HaltInstallation(1))
    assert [row[1] for row in desk.rows()] == ["cancelled", "cancelled", "queued"]


def test_a_rerequest_finds_its_review_by_our_own_id(desk: Desk) -> None:
    done = desk.enqueue(FIRST)
    desk.finish(done)
    request = Rerequest(WHERE, "head1", f"v1:2:pr:7:base1:{done}")

    assert len(desk.do(queue.rerun, request, "e1")) == 1
    assert desk.rows() == [("head1", "done", 0, ""), ("head1", "queued", 1, "")]


def test_a_rerequest_of_another_repository_finds_nothing_by_our_id(desk: Desk) -> None:
    done = desk.enqueue(FIRST)
    desk.finish(done)
    stranger = Where(5, 6, "else/where")

    assert desk.do(queue.rerun, Rerequest(stranger, "head1", f"v1:2:pr:7:base1:{done}"), "e1") == []


def test_a_rerequested_suite_reviews_every_subject_of_the_commit(desk: Desk) -> None:
    desk.finish(desk.enqueue(FIRST))
    desk.finish(desk.enqueue(msgspec.structs.replace(FIRST, subject="pr:8")))

    assert len(desk.do(queue.rerun, Rerequest(WHERE, "head1"), "e1")) == 2


def test_the_backlog_tells_its_size_and_age(desk: Desk) -> None:
    with desk.store.transaction() as session:
        assert backlog(session) == (0, None, 0, None)
    desk.enqueue(FIRST)

    with desk.store.transaction() as session:
        assert backlog(session) == (1, 1000.0, 0, None)


def test_the_only_server_takes_over_at_once(desk: Desk) -> None:
    review = desk.enqueue(FIRST)
    desk.claim("one that was killed")

    def void(session: Session, _now: float) -> None:
        queue.void_leases(session)

    desk.do(void)

    assert desk.claim("two") == review


def test_a_head_whose_review_a_late_event_did_not_end_in_time_is_answered(desk: Desk) -> None:
    first = desk.enqueue(NEXT)
    desk.claim()
    desk.enqueue(FIRST)
    second = desk.enqueue(NEXT)
    desk.now += 1
    desk.finish(first)

    with desk.store.transaction() as session:
        answered = queue.answered_meanwhile(session, session.get_one(Review, second))
    assert answered is not None
    assert answered.id == first


def test_a_head_that_is_asked_for_again_is_not_answered_by_the_review_that_this_ended(desk: Desk) -> None:
    first = desk.enqueue(FIRST)
    desk.claim()
    second = desk.enqueue(AGAIN)
    desk.now += 1
    desk.finish(first)

    with desk.store.transaction() as session:
        assert queue.answered_meanwhile(session, session.get_one(Review, second)) is None


def test_a_head_whose_review_was_halted_too_late_is_not_reviewed_again(desk: Desk) -> None:
    first = desk.enqueue(NEXT)
    desk.claim()
    desk.enqueue(FIRST)
    desk.finish(first)

    assert desk.enqueue(NEXT) is None


def test_a_halted_review_whose_worker_died_ends_before_a_later_one_of_its_head(desk: Desk) -> None:
    first = desk.enqueue(NEXT)
    desk.claim()
    desk.enqueue(FIRST)
    desk.now += queue.Holder("me").lease_seconds
    second = desk.enqueue(NEXT)

    # Its check may be concluded at GitHub already: a second one is not to be made beside it.
    assert desk.claim() == first
    desk.now += SETTLE_SECONDS
    assert desk.claim() is None
    desk.finish(first)
    assert desk.claim() == second


@pytest.mark.parametrize("halt", Halt)
def test_what_was_given_up_for_want_of_access_is_made_when_there_is_access_again(store: Store, halt: Halt) -> None:
    desk = Desk(store)
    review = desk.enqueue(FIRST)
    with store.transaction() as session:
        session.get_one(Review, review).halt = halt
    desk.finish(review, ReviewState.CANCELLED)

    found = desk.do(queue.resume, Resume(WHERE.installation_id), "e1")

    assert [row.head_sha for row in found] == (["head1"] if halt in (Halt.NONE, Halt.UNINSTALLED) else [])
