"""What is stored is forgotten in time, and nothing that is still needed."""

import asyncio

import pytest
from sqlalchemy import event
from sqlmodel import SQLModel, select

from app.retention import DAY, Retention
from app.settings import Settings
from app.store import Store
from app.tables import Decision, Delivery, DeliveryState, Pusher, Review, ReviewedFinding, ReviewState, Thread, Upload

NOW = 1_000 * DAY


@pytest.fixture
def retention(store: Store) -> Retention:
    store.clock = lambda: NOW
    return Retention(store, Settings(skillaudit_delivery_days=7, skillaudit_review_days=30))


def keep(store: Store, *rows: SQLModel) -> None:
    with store.transaction() as session:
        for row in rows:
            session.add(row)
            session.flush()


def kept(store: Store, column: object) -> list[object]:
    with store.transaction() as session:
        return sorted(session.exec(select(column)).all())


def delivery(guid: str, days: float, state: str = DeliveryState.DONE) -> Delivery:
    return Delivery(guid=guid, app_id="1", event="x", payload=b"", received_at=NOW - days * DAY, state=state)


def review(name: str, days: float, state: str = ReviewState.DONE, number: int = 7) -> Review:
    return Review(
        id=name,
        installation_id=1,
        repo_id=2,
        full_name="shop/server",
        subject=f"pr:{number}",
        head_sha=name,
        base_sha="b",
        base_ref="main",
        engine_version="e",
        priority=1,
        state=state,
        created_at=NOW - days * DAY,
        deadline=NOW,
    )


def about(number: int) -> list[SQLModel]:
    return [
        Thread(repo_id=2, number=number, fingerprint="f", state="open"),
        Pusher(repo_id=2, number=number, login="mona"),
        Decision(comment=f"issues/{number}", repo_id=2, number=number, verb="accept", login="mona", made_at=0.0),
    ]


def test_deliveries_that_were_dealt_with_are_forgotten(store: Store, retention: Retention) -> None:
    received = delivery("waiting", 99, DeliveryState.RECEIVED)
    keep(store, delivery("old", 8), delivery("failed", 8, DeliveryState.FAILED), delivery("young", 6), received)

    asyncio.run(retention.delete())

    assert kept(store, Delivery.guid) == ["waiting", "young"]


def test_more_than_go_at_once_go(store: Store, retention: Retention) -> None:
    keep(store, *(delivery(f"guid-{number}", 8) for number in range(1001)))

    asyncio.run(retention.delete())

    assert kept(store, Delivery.guid) == []


def test_reviews_go_with_their_findings_but_not_open_ones(store: Store, retention: Retention) -> None:
    found = [
        ReviewedFinding(review_id=name, fingerprint="f", rule="r", severity="high", path="p", line=1, fate="check")
        for name in ("old", "young")
    ]
    uploads = [
        Upload(repo_id=days, full_name="shop/server", review_id="r", made_at=NOW - days * DAY) for days in (29, 31)
    ]
    keep(store, review("old", 31), review("young", 29), review("open", 99, ReviewState.QUEUED), *found, *uploads)

    asyncio.run(retention.delete())

    assert kept(store, Upload.repo_id) == [29]

    assert kept(store, Review.id) == ["open", "young"]
    assert kept(store, ReviewedFinding.review_id) == ["young"]


def test_what_is_known_of_a_pull_request_goes_with_its_last_review(store: Store, retention: Retention) -> None:
    keep(store, review("old", 31), review("newer", 3), review("gone", 31, number=8), *about(7), *about(8))

    asyncio.run(retention.delete())

    assert kept(store, Thread.number) == [7]
    assert kept(store, Pusher.number) == [7]
    assert kept(store, Decision.number) == [7]


def test_forgetting_asks_the_database_no_more_for_many_pull_requests(store: Store, retention: Retention) -> None:
    asked: list[str] = []
    with store.transaction() as session:
        event.listen(session.get_bind(), "before_cursor_execute", lambda *call: asked.append(call[2]))
    keep(store, review("one", 3), *about(7))
    asyncio.run(retention.delete())
    for_one, asked[:] = len(asked), []
    for number in range(50):
        keep(store, *about(100 + number))
    written = len(asked)

    asyncio.run(retention.delete())

    assert len(asked) - written < for_one
    assert kept(store, Pusher.number) == [7]
