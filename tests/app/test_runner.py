"""The loop that works at reviews survives whatever a review does."""

import asyncio
import time
from collections.abc import Callable, Coroutine

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import select

from app import queue
from app.dispatch import Dispatcher
from app.events import Enqueue, Where, encode_action
from app.inquiries import Inquiries
from app.leases import Lease, LeaseLost
from app.metrics import Metrics
from app.runner import Runner
from app.slots import Slots
from app.store import Store
from app.tables import Delivery, Review, ReviewState
from github.client import Client
from github.installations import App
from tests.app import workbench
from tests.standin.server import StandIn

pytest_plugins = ["tests.standin.plugin"]
WHERE = Where(1, 2, "shop/server")


class Work:
    """A job that does what it is told, and notes what happened to it."""

    def __init__(self, do: Callable[[Review, Lease], Coroutine[None, None, None]], answered_after: float = 0.0) -> None:
        self.do = do
        # How long it takes until the database's answer is heard that the review has ended.
        self.answered_after = answered_after
        self.failures: list[str] = []
        self.ended = asyncio.Event()

    async def review(self, review: Review, lease: Lease) -> None:
        await self.do(review, lease)
        await lease.record(lambda session, row: queue.finish(session, row, ReviewState.DONE, time.time()))
        await asyncio.sleep(self.answered_after)
        self.ended.set()

    async def fail(self, lease: Lease, error: Exception) -> None:
        self.failures.append(type(error).__name__)
        await lease.record(lambda session, row: queue.finish(session, row, ReviewState.FAILED, time.time()))
        self.ended.set()


class Office:
    """A runner over a database with some deliveries in it."""

    def __init__(self, store: Store, standin: StandIn) -> None:
        self.store = store
        self.standin = standin
        self.metrics = Metrics()

    def deliver(self, *subjects: str, where: Where = WHERE) -> None:
        with self.store.transaction() as session:
            for subject in subjects:
                action = encode_action(Enqueue(where, subject, "head", "base", "main"))
                session.add(Delivery(guid=subject, app_id="1", event="x", payload=action, received_at=0.0))

    def run(
        self,
        do: Callable[[Review, Lease], Coroutine],
        until: Callable[[Work, Runner], Coroutine],
        holder: queue.Holder = queue.Holder("me"),
        answered_after: float = 0.0,
    ) -> Work:
        async def main() -> Work:
            work = Work(do, answered_after)
            async with Client(self.standin.url) as client:
                app = App(client, str(self.standin.app.id), self.standin.app.private_key_pem)
                dispatcher = Dispatcher(self.store, Inquiries(workbench.tools(self.store, app), "e1"), "e1", time.time)
                slots = Slots(self.store, work, self.metrics, holder, 2)
                runner = Runner(self.store, dispatcher, slots, self.metrics)
                running = asyncio.create_task(runner.run())
                await until(work, runner)
                await runner.stop()
                await running
            return work

        return asyncio.run(main())

    def states(self) -> list[str]:
        with self.store.transaction() as session:
            return sorted(row.state for row in session.exec(select(Review)))


@pytest.fixture
def office(store: Store, standin: StandIn) -> Office:
    return Office(store, standin)


async def nothing(_review: Review, _lease: Lease) -> None:
    """Succeed."""


async def end(work: Work, _runner: Runner) -> None:
    await work.ended.wait()


def test_a_delivery_is_worked_off(office: Office) -> None:
    office.deliver("pr:1")

    work = office.run(nothing, end)

    assert (office.states(), work.failures) == (["done"], [])


def test_a_wake_is_enough_to_find_a_new_delivery(office: Office) -> None:
    async def deliver_later(work: Work, runner: Runner) -> None:
        await asyncio.to_thread(office.deliver, "pr:1")
        runner.wake()
        await work.ended.wait()

    office.run(nothing, deliver_later)

    assert office.states() == ["done"]


@pytest.mark.parametrize("error", [ValueError, RuntimeError, MemoryError, RecursionError, TimeoutError])
def test_any_error_of_a_job_ends_in_its_own_failure(office: Office, error: type[Exception]) -> None:
    async def fail(_review: Review, _lease: Lease) -> None:
        raise error

    office.deliver("pr:1")
    work = office.run(fail, end)

    assert (office.states(), work.failures) == (["failed"], [error.__name__])
    assert office.metrics.registry.get_sample_value("skillaudit_retries_total", {"error": error.__name__}) == 1


def test_a_job_past_its_deadline_is_timed_out_at_once(office: Office) -> None:
    async def forever(_review: Review, _lease: Lease) -> None:
        await asyncio.Event().wait()

    office.deliver("pr:1")
    asyncio.run(Dispatcher(office.store, None, "e1", lambda: 0.0).dispatch())
    work = office.run(forever, end)

    assert work.failures == ["TimeoutError"]


def test_a_lost_lease_ends_the_work_and_nothing_is_written(office: Office) -> None:
    lost = asyncio.Event()

    async def lose(review: Review, lease: Lease) -> None:
        def steal(session):
            session.get_one(Review, review.id).lease_owner = "somebody else"

        await office.store.run(steal)
        lost.set()
        await lease.confirm()

    async def until(_work: Work, _runner: Runner) -> None:
        await lost.wait()

    office.deliver("pr:1")
    work = office.run(lose, until)

    assert (office.states(), work.failures) == (["running"], [])


def test_a_review_that_has_just_ended_is_not_lost_to_who_prolongs_its_lease(office: Office) -> None:
    async def soon(work: Work, _runner: Runner) -> None:
        async with asyncio.timeout(30):
            await work.ended.wait()

    office.deliver("pr:1")
    work = office.run(nothing, soon, queue.Holder("me", lease_seconds=0.4), answered_after=0.5)

    assert (office.states(), work.failures) == (["done"], [])


def test_stopping_puts_what_is_under_way_back(office: Office) -> None:
    begun = asyncio.Event()

    async def forever(_review: Review, _lease: Lease) -> None:
        begun.set()
        await asyncio.Event().wait()

    async def until(_work: Work, runner: Runner) -> None:
        await begun.wait()
        await runner.stop(drain_seconds=0.0)

    office.deliver("pr:1")
    work = office.run(forever, until)

    assert (office.states(), work.failures) == (["queued"], [])


def test_a_lease_tells_that_it_is_lost(office: Office) -> None:
    lease = Lease(office.store, "no such review", queue.Holder("me"))

    with pytest.raises(LeaseLost):
        asyncio.run(lease.confirm())


def test_anothers_review_begins_although_as_many_are_under_way_as_may_be(office: Office) -> None:
    begun: asyncio.Queue[int] = asyncio.Queue()

    async def forever(review: Review, _lease: Lease) -> None:
        begun.put_nowait(review.installation_id)
        await asyncio.Event().wait()

    async def until(_work: Work, runner: Runner) -> None:
        assert [await begun.get(), await begun.get()] == [1, 1]
        await asyncio.to_thread(office.deliver, "pr:8", "pr:9", where=Where(7, 3, "other/server"))
        runner.wake()
        assert await begun.get() == 7
        await runner.stop(drain_seconds=0.0)

    office.deliver("pr:1", "pr:2", "pr:3")
    office.run(forever, until)

    assert begun.empty()


class BrokenDispatcher(Dispatcher):
    """Has one inquiry that is always due, and cannot store what became of it."""

    def __init__(self) -> None:
        self.asked: asyncio.Queue[str] = asyncio.Queue()

    async def dispatch(self) -> list[tuple[str, object]]:
        return [("guid", None)]

    async def look_up(self, guid: str, _inquiry: object) -> None:
        self.asked.put_nowait(guid)
        raise ValueError

    async def failed(self, _guid: str, _error: Exception) -> None:
        raise OperationalError("UPDATE", {}, ValueError())


def test_an_inquiry_whose_failure_could_not_be_stored_is_made_again(store: Store) -> None:
    async def main() -> list[str]:
        dispatcher = BrokenDispatcher()
        slots = Slots(store, Work(nothing), Metrics(), queue.Holder("me"), 1)
        runner = Runner(store, dispatcher, slots, Metrics())
        running = asyncio.create_task(runner.run())
        asked = [await dispatcher.asked.get() for _ in range(3)]
        await runner.stop(drain_seconds=0.0)
        await running
        return asked

    assert asyncio.run(main()) == ["guid"] * 3
