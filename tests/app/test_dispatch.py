"""Deliveries become reviews, each once, with GitHub asked only where we know nothing."""

import asyncio
from collections.abc import Callable

import pytest
from sqlmodel import select

from app import queue
from app.dispatch import Dispatcher
from app.events import Action, Enqueue, HaltInstallation, Rerequest, Where, encode_action
from app.external_ids import ExternalId, format_external_id
from app.inquiries import Inquiries
from app.store import Store
from app.tables import Delivery, Review, ReviewState
from github.client import Client
from github.errors import CallFailed
from github.installations import App
from github.retries import Timing
from tests.app import workbench
from tests.standin.faults import Fault, Kind
from tests.standin.server import StandIn

pytest_plugins = ["tests.standin.plugin"]


async def at_once(_seconds: float) -> None:
    """Wait for nothing."""


class Desk:
    """A dispatcher with a clock of its own, on a stand-in for GitHub."""

    def __init__(self, store: Store, standin: StandIn) -> None:
        self.store = store
        self.standin = standin
        self.repository = standin.create_repository("shop/server")
        self.base = self.repository.commit({"server.py": "one"})
        self.head = self.repository.commit({"server.py": "two"}, "feature")
        self.where = Where(standin.installation(self.repository).id, self.repository.id, "shop/server")
        self.now = 1000.0

    def deliver(self, *actions: Action) -> None:
        with self.store.transaction() as session:
            for number, action in enumerate(actions):
                session.add(
                    Delivery(
                        guid=f"guid-{number}",
                        app_id="1",
                        event="x",
                        payload=encode_action(action),
                        received_at=self.now + number,
                    )
                )

    def with_dispatcher(self, work: Callable) -> object:
        async def run() -> object:
            async with Client(self.standin.url, timing=Timing(sleep=at_once)) as client:
                app = App(client, str(self.standin.app.id), self.standin.app.private_key_pem)
                inquiries = Inquiries(workbench.tools(self.store, app), "e1")
                return await work(Dispatcher(self.store, inquiries, "e1", lambda: self.now))

        return asyncio.run(run())

    def dispatch(self) -> list[tuple[str, Rerequest]]:
        return self.with_dispatcher(lambda dispatcher: dispatcher.dispatch())

    def look_up(self, request: Rerequest) -> None:
        self.deliver(request)
        assert [guid for guid, _ in self.dispatch()] == ["guid-0"]
        self.with_dispatcher(lambda dispatcher: dispatcher.look_up("guid-0", request))

    def deliveries(self) -> list[tuple[str, bytes]]:
        with self.store.transaction() as session:
            return [(row.state, row.payload) for row in session.exec(select(Delivery))]

    def reviews(self) -> list[tuple[str, str, str]]:
        with self.store.transaction() as session:
            return [(row.subject, row.head_sha, row.state) for row in session.exec(select(Review))]

    def enqueue(self) -> Enqueue:
        return Enqueue(self.where, "pr:1", self.head, self.base, "main")


@pytest.fixture
def desk(store: Store, standin: StandIn) -> Desk:
    return Desk(store, standin)


def test_a_delivery_becomes_a_review_and_is_forgotten(desk: Desk) -> None:
    desk.deliver(desk.enqueue())

    assert desk.dispatch() == []
    assert desk.reviews() == [("pr:1", desk.head, "queued")]
    assert desk.deliveries() == [("done", b"")]


def test_more_deliveries_than_fit_in_one_transaction_are_all_carried_out(desk: Desk) -> None:
    desk.deliver(*(Enqueue(desk.where, f"pr:{n}", desk.head, desk.base, "main") for n in range(250)))

    desk.dispatch()

    assert len(desk.reviews()) == 250


def test_deliveries_are_carried_out_in_the_order_they_came(desk: Desk) -> None:
    desk.deliver(desk.enqueue(), HaltInstallation(desk.where.installation_id))

    desk.dispatch()

    assert desk.reviews() == [("pr:1", desk.head, "cancelled")]


def test_a_delivery_of_another_version_is_put_aside(desk: Desk) -> None:
    desk.deliver(desk.enqueue())
    with desk.store.transaction() as session:
        session.exec(select(Delivery)).one().payload = b"\x01"

    desk.dispatch()

    assert desk.deliveries() == [("done", b"")]
    assert desk.reviews() == []


def test_a_rerequest_of_an_unknown_commit_finds_the_pull_request_of_a_fork(desk: Desk) -> None:
    head = desk.repository.commit({"server.py": "three"}, "patch", fork="mona")
    desk.standin.open_pull(desk.repository, "patch", fork="mona")

    desk.look_up(Rerequest(desk.where, head))

    assert desk.reviews() == [("pr:1", head, "queued")]
    assert desk.deliveries() == [("done", b"")]


def test_a_rerequest_of_a_named_pull_request_is_looked_up(desk: Desk) -> None:
    desk.standin.open_pull(desk.repository, "feature")

    desk.look_up(Rerequest(desk.where, desk.head, numbers=(1,)))

    assert desk.reviews() == [("pr:1", desk.head, "queued")]


def test_a_rerequest_of_an_older_head_reviews_nothing(desk: Desk) -> None:
    desk.standin.open_pull(desk.repository, "feature")
    desk.repository.commit({"server.py": "three"}, "feature")

    desk.look_up(Rerequest(desk.where, desk.head, numbers=(1,)))

    assert desk.reviews() == []
    assert desk.deliveries() == [("done", b"")]


def test_a_rerequest_of_a_merge_group_is_known_by_its_external_id(desk: Desk) -> None:
    subject = "mg:refs/heads/gh-readonly-queue/main/pr-1-abc"
    known = format_external_id(ExternalId(desk.repository.id, subject, desk.base, "lost job"))

    desk.look_up(Rerequest(desk.where, desk.head, known))

    assert desk.reviews() == [(subject, desk.head, "queued")]


def test_a_lookup_that_fails_is_tried_again_and_given_up_in_the_end(desk: Desk) -> None:
    desk.standin.faults.add(Fault("GET", "/pulls", Kind.NOT_FOUND, times=None))
    desk.deliver(Rerequest(desk.where, desk.head))

    for _ in range(5):
        ((guid, request),) = desk.dispatch()
        with pytest.raises(CallFailed) as raised:
            desk.with_dispatcher(lambda dispatcher, request=request: dispatcher.look_up("guid-0", request))
        desk.with_dispatcher(lambda dispatcher, error=raised.value: dispatcher.failed("guid-0", error))
        assert guid == "guid-0"
        assert desk.dispatch() == []
        desk.now += 3600

    assert desk.deliveries()[0][0] == "failed"
    assert desk.dispatch() == []


def fail(desk: Desk, times: int) -> None:
    """Look up in vain, each time after the pause that was asked for."""
    for _ in range(times):
        ((_, request),) = desk.dispatch()
        with pytest.raises(CallFailed) as raised:
            desk.with_dispatcher(lambda dispatcher, request=request: dispatcher.look_up("guid-0", request))
        desk.with_dispatcher(lambda dispatcher, error=raised.value: dispatcher.failed("guid-0", error))
        desk.now += 300


def test_a_lookup_outlasts_an_outage_of_github(desk: Desk) -> None:
    pull = desk.standin.open_pull(desk.repository, "feature")
    desk.standin.faults.add(Fault("GET", "/pulls", Kind.UNAVAILABLE, times=None))
    desk.deliver(Rerequest(desk.where, desk.head))
    fail(desk, 12)
    desk.standin.faults.clear()

    ((_, request),) = desk.dispatch()
    desk.with_dispatcher(lambda dispatcher: dispatcher.look_up("guid-0", request))

    assert desk.reviews() == [(f"pr:{pull.number}", desk.head, "queued")]


def test_a_lookup_does_not_outlast_an_outage_of_a_day(desk: Desk) -> None:
    desk.standin.faults.add(Fault("GET", "/pulls", Kind.UNAVAILABLE, times=None))
    desk.deliver(Rerequest(desk.where, desk.head))
    fail(desk, 5)
    desk.now += 24 * 3600

    fail(desk, 1)

    assert desk.deliveries()[0][0] == "failed"


def judge(desk: Desk) -> Review:
    """End the review that waits with a result."""
    with desk.store.transaction() as session:
        review = session.exec(select(Review).where(Review.state == ReviewState.QUEUED)).one()
        review.conclusion = "success"
        queue.finish(session, review, ReviewState.DONE, desk.now)
        return review


def test_an_event_heard_twice_while_its_head_is_reviewed_asks_for_nothing(desk: Desk) -> None:
    first, second = (Enqueue(desk.where, "pr:1", head, desk.base, "main") for head in ("one", desk.head))
    desk.deliver(first)
    desk.dispatch()
    judge(desk)
    desk.now += 1.0
    with desk.store.transaction() as session:
        queue.enqueue(session, second, "e1", desk.now)
    with desk.store.transaction() as session:
        session.add(Delivery(guid="again", app_id="1", event="x", payload=encode_action(second), received_at=desk.now))

    assert desk.dispatch() == []

    judge(desk)
    with desk.store.transaction() as session:
        session.add(Delivery(guid="back", app_id="1", event="x", payload=encode_action(first), received_at=desk.now))
    ((guid, inquiry),) = desk.dispatch()
    assert (guid, inquiry) == ("back", Rerequest(desk.where, "one", numbers=(1,), if_back=True))
