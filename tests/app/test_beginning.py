"""Of several reviews of one head, one makes its check run, whatever becomes of it meanwhile."""

import pytest
from sqlmodel import Session

from app import queue
from app.events import Enqueue, Where
from app.parking import BEGUN, YIELDED
from app.shared_heads import Beginning, begin
from app.store import Store
from app.tables import Halt, Review, ReviewState

WHERE = Where(installation_id=1, repo_id=2, full_name="shop/server")
NOW = 1000.0


def claimed(session: Session, number: int) -> Review:
    queue.enqueue(session, Enqueue(WHERE, f"pr:{number}", "head", "base", "main"), "engine", NOW)
    review = queue.claim(session, queue.Holder(f"worker {number}"), NOW)
    assert review is not None
    assert review.number == number
    return review


def test_who_comes_second_waits_and_then_shares(store: Store) -> None:
    with store.transaction() as session:
        first, second = claimed(session, 1), claimed(session, 2)
        assert begin(session, first, NOW) == Beginning(None)
        assert begin(session, second, NOW) is None

        first.check_run_id = 7
        assert begin(session, second, NOW) == Beginning(7)
        assert second.check_run_id == 7


@pytest.mark.parametrize("fate", ["put back", "its worker died"])
def test_who_cannot_make_it_any_more_leaves_it_to_the_next(store: Store, fate: str) -> None:
    with store.transaction() as session:
        first, second, third = (claimed(session, number) for number in (1, 2, 3))
        begin(session, first, NOW)
        later = first.lease_until
        second.lease_until = third.lease_until = later + 1
        if fate == "put back":
            queue.release(first, NOW, "")

        # It may have been made all the same, which is found out by whose it is.
        assert begin(session, second, later) == Beginning(None, (first,))
        assert (first.step, second.step) == (YIELDED, BEGUN)
        first.state, first.lease_until = ReviewState.RUNNING, later + 1
        assert [begin(session, other, later) for other in (first, third)] == [None, None]


def test_two_that_were_killed_while_they_made_one_do_not_wait_for_each_other(store: Store) -> None:
    with store.transaction() as session:
        first, second = claimed(session, 1), claimed(session, 2)
        begin(session, first, NOW)
        queue.release(first, NOW, "")
        begin(session, second, NOW)
        queue.release(second, NOW, "")
        for review in (first, second):
            review.state, review.lease_until = ReviewState.RUNNING, NOW + 20

        assert begin(session, first, NOW) is None
        assert begin(session, second, NOW) == Beginning(None, (second, first))


def test_a_halted_review_that_is_just_making_one_is_waited_for(store: Store) -> None:
    with store.transaction() as session:
        first, second = claimed(session, 1), claimed(session, 2)
        begin(session, first, NOW)
        first.halt = Halt.CLOSED
        assert begin(session, second, NOW) is None

        # It is to conclude that one, and this review makes its own.
        first.check_run_id = 7
        assert begin(session, second, NOW) == Beginning(None)


def test_a_check_that_was_concluded_meanwhile_is_shared_by_nobody(store: Store) -> None:
    with store.transaction() as session:
        first, second, third = (claimed(session, number) for number in (1, 2, 3))
        begin(session, first, NOW)
        first.check_run_id = 7
        assert [begin(session, other, NOW) for other in (second, third)] == [Beginning(7), Beginning(7)]
        queue.finish(session, first, ReviewState.DONE, NOW)

        assert begin(session, second, NOW) == Beginning(None, (second,))
        assert begin(session, third, NOW) is None
        second.check_run_id = 8
        assert begin(session, third, NOW) == Beginning(8)
