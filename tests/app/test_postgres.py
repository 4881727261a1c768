"""What only Postgres needs: taking turns, one clock, and handing out."""

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, select

from app import queue
from app.broker import Broker
from app.events import Enqueue, Where
from app.inbox import Arrival, Inbox, Receipt
from app.leases import Lease
from app.metrics import Metrics
from app.offers import offer
from app.shared_heads import Beginning, begin, begin_check
from app.slots import Slots
from app.store import Store
from app.tables import Delivery, Review, ReviewState
from tests.app.cluster import Cluster


class Machines:
    """Two processes' views of one database."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.one, self.two = Store(address), Store(address)


@pytest.fixture
def machines(cluster: Cluster) -> Iterator[Machines]:
    made = Machines(cluster.create())
    made.one.migrate()
    yield made
    made.one.close()
    made.two.close()
    cluster.drop(made.address)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_an_address_is_understood_however_it_is_written(scheme: str) -> None:
    store = Store(f"{scheme}://user:secret@db.example:5433/reviews?sslmode=require")

    assert store.url == make_url("postgresql+psycopg://user:secret@db.example:5433/reviews?sslmode=require")
    assert not store.is_sqlite


def test_two_machines_never_claim_reviews_of_one_subject(machines: Machines) -> None:
    where = Where(1, 2, "shop/server")
    with machines.one.transaction() as session:
        queue.enqueue(session, Enqueue(where, "pr:7", "head1", "base", "main"), "e1", 0.0)
        queue.claim(session, queue.Holder("gone"), 0.0)
        queue.enqueue(session, Enqueue(where, "pr:7", "head2", "base", "main"), "e1", 0.0)
    claimed: list[str] = []
    together = threading.Barrier(2)

    def claim(store: Store, owner: str) -> None:
        together.wait()
        with store.transaction() as session:
            review = queue.claim(session, queue.Holder(owner), 1000.0)
            claimed.extend([] if review is None else [review.head_sha])

    threads = [threading.Thread(target=claim, args=(store, name)) for store, name in zip(*_both(machines), strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(claimed) == 1


def _both(machines: Machines) -> tuple[tuple[Store, Store], tuple[str, str]]:
    return (machines.one, machines.two), ("one", "two")


HEAD_ROUNDS = 20


async def begin_together(machines: Machines, number: int) -> list[Beginning]:
    """Have two machines begin with two reviews of one head at once; who is to make its check run has it soon."""
    where = Where(1, 2, "shop/server")
    leases: list[tuple[Lease, Store]] = []
    for name, store in (("one", machines.one), ("two", machines.two)):
        with store.transaction() as session:
            request = Enqueue(where, f"pr:{number}{len(leases)}", f"head{number}", "base", "main")
            queue.enqueue(session, request, "e1", store.clock())
            review = queue.claim(session, queue.Holder(name), store.clock())
            assert review is not None
            leases.append((Lease(store, review.id, queue.Holder(name)), store))

    async def begin(lease: Lease, store: Store) -> Beginning:
        found = await begin_check(store.clock, lease)
        if found.check_run_id is None:
            await lease.change(lambda row: setattr(row, "check_run_id", 7))
        return found

    return await asyncio.gather(*(begin(*each) for each in leases))


def test_of_two_machines_one_makes_the_check_of_a_head(machines: Machines) -> None:
    for number in range(HEAD_ROUNDS):
        made = asyncio.run(begin_together(machines, number))
        assert sorted(str(each.check_run_id) for each in made) == ["7", "None"]


def test_a_transaction_about_a_head_waits_for_one_that_has_not_ended(machines: Machines) -> None:
    where = Where(1, 2, "shop/server")
    with machines.one.transaction() as session:
        for subject in ("pr:1", "pr:2"):
            queue.enqueue(session, Enqueue(where, subject, "head", "base", "main"), "e1", 0.0)
    holders = [queue.Holder("one"), queue.Holder("two")]
    with machines.one.transaction() as session:
        first, second = [queue.claim(session, holder, machines.one.clock()) for holder in holders]
    assert first is not None
    assert second is not None

    found: list[Beginning] = []
    other = Lease(machines.two, second.id, holders[1])
    thread = threading.Thread(target=lambda: found.append(asyncio.run(begin_check(machines.two.clock, other))))

    with machines.one.transaction() as session:
        row = session.get_one(Review, first.id)
        assert begin(session, row, machines.one.clock()) == Beginning(None)
        session.flush()
        thread.start()
        while thread.is_alive() and not _waiters(session):
            pass
        # Nothing of this is committed yet, and the other one must not miss it.
        row.check_run_id = 7
    thread.join()

    assert found == [Beginning(7)]


def _waiters(session: Session) -> bool:
    return bool(session.connection().execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one())


def test_a_delivery_that_two_machines_get_is_stored_once(machines: Machines) -> None:
    def delivery() -> Arrival:
        return Arrival(guid="guid", app_id="1", event="x", payload=b"", received_at=0.0)

    async def both() -> list[Receipt]:
        inboxes = [Inbox(store, lambda: None) for store in (machines.one, machines.two)]
        return await asyncio.gather(*(inbox.put(delivery()) for inbox in inboxes))

    assert set(asyncio.run(both())) == {Receipt.STORED, Receipt.DUPLICATE}
    with machines.one.transaction() as session:
        assert len(session.exec(select(Delivery)).all()) == 1


def test_servers_that_start_together_migrate_once(cluster: Cluster) -> None:
    machines = Machines(cluster.create())
    threads = [threading.Thread(target=store.migrate) for store in (machines.one, machines.two)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    machines.one.check()
    machines.two.check()
    machines.one.close()
    machines.two.close()
    cluster.drop(machines.address)


class Site:
    """One machine that adds reviews and another that works at them, noting which."""

    def __init__(self, machines: Machines) -> None:
        self.machines = machines
        self.begun: asyncio.Queue[str] = asyncio.Queue()
        self.slots = Slots(machines.two, self, Metrics(), queue.Holder("two"), 1)
        self.broker = Broker(machines.two, self.slots)

    async def review(self, review: Review, lease: Lease) -> None:
        await lease.record(lambda session, row: queue.finish(session, row, ReviewState.DONE, 0.0))
        self.begun.put_nowait(review.subject)

    async def fail(self, lease: Lease, error: Exception) -> None:
        raise AssertionError(lease.review_id) from error

    async def add(self, subject: str) -> None:
        request = Enqueue(Where(1, 2, "shop/server"), subject, f"head of {subject}", "base", "main")
        now = self.machines.one.clock()
        await self.machines.one.run(lambda session: queue.enqueue(session, request, "e1", now))

    async def look(self) -> None:
        while True:
            with contextlib.suppress(SQLAlchemyError):
                await self.broker.look()
            await asyncio.sleep(0.05)

    @contextlib.asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        running = asyncio.create_task(self.broker.run())
        yield
        self.broker.stop()
        await self.slots.close(0.0)
        await running


def jobs(store: Store) -> list[tuple[str, str]]:
    with store.transaction() as session:
        found = session.connection().execute(text("SELECT task_name, status FROM procrastinate_jobs ORDER BY id"))
        return [(row[0], row[1]) for row in found]


async def no_jobs(store: Store) -> None:
    """Wait until nothing is handed out any more."""
    while await asyncio.to_thread(jobs, store):
        pass


def test_a_review_is_handed_to_another_machine_once_it_is_committed(machines: Machines) -> None:
    async def main() -> None:
        site = Site(machines)
        async with site.working():
            await site.add("pr:1")
            await site.add("pr:2")
            assert [await site.begun.get(), await site.begun.get()] == ["pr:1", "pr:2"]
            await no_jobs(machines.one)

    asyncio.run(main())


def test_a_review_that_is_not_committed_is_not_handed_out(machines: Machines) -> None:
    def add(session: Session) -> None:
        queue.enqueue(session, Enqueue(Where(1, 2, "shop/server"), "pr:1", "head", "base", "main"), "e1", 0.0)
        raise ValueError("not to be committed")

    with pytest.raises(ValueError, match="not to be committed"):
        asyncio.run(machines.one.run(add))

    assert jobs(machines.one) == []


def test_the_broker_comes_back_after_a_crash_of_the_database(machines: Machines, cluster: Cluster) -> None:
    async def main() -> None:
        site = Site(machines)
        async with site.working():
            await site.add("pr:1")
            await site.begun.get()
            await asyncio.to_thread(cluster.stop)
            await asyncio.to_thread(cluster.start)
            await site.add("pr:2")
            assert await site.begun.get() == "pr:2"

    asyncio.run(main())


def test_a_review_whose_job_was_lost_is_noticed_from_its_row(machines: Machines) -> None:
    async def main() -> None:
        site = Site(machines)
        await site.add("pr:1")
        with machines.one.transaction() as session:
            session.connection().execute(text("DELETE FROM procrastinate_jobs"))
        async with site.working():
            looking = asyncio.create_task(site.look())
            assert await site.begun.get() == "pr:1"
            looking.cancel()

    asyncio.run(main())


def test_reviews_are_found_in_their_rows_while_no_job_can_be_had(machines: Machines) -> None:
    with machines.one.transaction() as session:
        statement = "ALTER FUNCTION procrastinate_fetch_job_v2(varchar[], bigint) RENAME TO gone"
        session.connection().exec_driver_sql(statement)

    async def main() -> None:
        site = Site(machines)
        await site.add("pr:1")
        async with site.working():
            looking = asyncio.create_task(site.look())
            assert await site.begun.get() == "pr:1"
            looking.cancel()

    asyncio.run(main())


def test_what_is_overdue_is_offered_once_until_somebody_takes_it(machines: Machines) -> None:
    async def main() -> None:
        await Site(machines).add("pr:1")
        await asyncio.gather(*(Site(machines).broker.look() for _ in range(3)))

    asyncio.run(main())

    assert jobs(machines.one) == [("turn", "todo")] * 2


def test_a_job_that_cannot_be_added_is_an_error_of_the_database(machines: Machines) -> None:
    def offer_soon() -> None:
        with machines.two.transaction(alone=False) as waiting:
            waiting.connection().execute(text("SET LOCAL lock_timeout = '100ms'"))
            offer(waiting, "overdue")

    with machines.one.transaction(alone=False) as stalled:
        offer(stalled, "overdue")
        with pytest.raises(SQLAlchemyError):
            offer_soon()


def test_the_job_of_a_process_that_died_is_handed_out_again(machines: Machines) -> None:
    def job(task: str, arguments: str) -> str:
        values = f"'reviews', '{task}', 0, NULL, NULL, '{arguments}', NULL"
        return f"SELECT procrastinate_defer_jobs_v1(ARRAY[ROW({values})::procrastinate_job_to_defer_v1])"

    with machines.one.transaction() as session:
        for statement in (
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour')",
            job("turn", "{}"),
            "SELECT procrastinate_fetch_job_v2(ARRAY['reviews'], (SELECT id FROM procrastinate_workers))",
            job("stalled", '{"timestamp": 0}'),
        ):
            session.connection().exec_driver_sql(statement)
    assert jobs(machines.one) == [("turn", "doing"), ("stalled", "todo")]

    async def main() -> None:
        site = Site(machines)
        async with site.working():
            await no_jobs(machines.one)

    asyncio.run(main())


def test_leases_are_measured_by_the_clock_of_the_database(machines: Machines, tmp_path: Path) -> None:
    machines.one.check()
    machines.two.check()

    assert abs(machines.one.clock() - machines.two.clock()) < 1
    assert Store(f"sqlite:///{tmp_path / 'x.db'}").clock is time.time
