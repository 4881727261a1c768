"""Reviews with one head: which of them wait, and who wakes them."""

import pytest
from sqlmodel import Session

from app import queue
from app.events import Enqueue, HaltSubject, Where
from app.parking import BEGUN, PARKED
from app.store import Store
from app.tables import Halt, Review, ReviewState

WHERE = Where(installation_id=1, repo_id=2, full_name="shop/server")
NOW, LATER = 1000.0, 1030.0


def enqueue(session: Session, subject: str, head: str = "head") -> Review:
    review = queue.enqueue(session, Enqueue(WHERE, subject, head, "base", "main"), "engine", NOW)
    assert review is not None
    return review


def park(session: Session, subject: str, head: str = "head") -> str:
    review = enqueue(session, subject, head)
    review.conclusion, review.step, review.not_before = "success", PARKED, LATER
    return review.id


@pytest.fixture
def parked(store: Store) -> str:
    with store.transaction() as session:
        return park(session, "pr:1")


def due(store: Store, review_id: str) -> float:
    with store.transaction() as session:
        return session.get_one(Review, review_id).not_before


@pytest.mark.parametrize("state", [ReviewState.DONE, ReviewState.CANCELLED, ReviewState.SUPERSEDED])
def test_the_end_of_a_review_wakes_who_waits_for_it(store: Store, parked: str, state: ReviewState) -> None:
    with store.transaction() as session:
        queue.finish(session, enqueue(session, "pr:2"), state, NOW)

    assert due(store, parked) == 0.0


def test_a_halt_wakes_who_waits(store: Store, parked: str) -> None:
    with store.transaction() as session:
        review = enqueue(session, "pr:2")
        review.state, review.step = ReviewState.RUNNING, BEGUN
        queue.halt_subject(session, HaltSubject(WHERE.repo_id, "pr:2", Halt.CLOSED), NOW)

    assert due(store, parked) == 0.0


def test_a_newer_push_wakes_who_waits_for_the_older(store: Store, parked: str) -> None:
    with store.transaction() as session:
        enqueue(session, "pr:2")
        enqueue(session, "pr:2", "newer")

    assert due(store, parked) == 0.0


def test_nobody_else_is_woken(store: Store) -> None:
    with store.transaction() as session:
        other_head = park(session, "pr:1", "other")
        failed = park(session, "pr:2")
        session.get_one(Review, failed).step = BEGUN
        queue.finish(session, enqueue(session, "pr:3"), ReviewState.DONE, NOW)
        merge_group = park(session, "pr:4")
        queue.finish(session, enqueue(session, "mg:refs/heads/queue"), ReviewState.DONE, NOW)

    assert [due(store, review_id) for review_id in (other_head, failed, merge_group)] == [LATER] * 3
