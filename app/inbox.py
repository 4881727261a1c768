"""Deliveries on their way into the database: many are committed at once, each before it is acknowledged."""

import asyncio
import enum
import functools
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from sqlalchemy import insert
from sqlmodel import Session, col, select

from app.store import Store
from app.tables import Delivery, DeliveryState

# Long enough to share one commit in a burst, short against GitHub's ten seconds.
GATHER_SECONDS: Final = 0.002
# As objects, a burst of deliveries would cost several times what the rest of storing them does.
_UNTOUCHED: Final = {"state": DeliveryState.RECEIVED, "attempts": 0, "not_before": 0.0, "error": ""}


class Receipt(enum.Enum):
    """What became of a delivery."""

    STORED = enum.auto()
    DUPLICATE = enum.auto()


class Arrival(NamedTuple):
    """A delivery that is to be stored, without what becomes of it."""

    guid: str
    app_id: str
    event: str
    payload: bytes
    received_at: float


class Inbox:
    """Stores deliveries; `arrived` is called after each commit that stored one, `reached` before and after each."""

    def __init__(
        self, store: Store, arrived: Callable[[], None], reached: Callable[[str], None] = lambda _: None
    ) -> None:
        self._store = store
        self._arrived = arrived
        self._reached = reached
        self._waiting: list[tuple[Arrival, asyncio.Future[Receipt]]] = []
        self._writer: asyncio.Task[None] | None = None

    def now(self) -> float:
        """Return the time by the clock that puts deliveries in order, whichever machine took them."""
        return self._store.clock()

    async def put(self, delivery: Arrival) -> Receipt:
        """Store a delivery durably. Raise sqlalchemy.exc.SQLAlchemyError."""
        stored: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self._waiting.append((delivery, stored))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        return await stored

    async def _write(self) -> None:
        while self._waiting:
            await asyncio.sleep(GATHER_SECONDS)
            batch, self._waiting = self._waiting, []
            deliveries = [delivery for delivery, _ in batch]
            self._reached("deliveries taken")
            # The outcome of the commit, also its failure, belongs to those who wait for it.
            commit = asyncio.ensure_future(self._store.run(functools.partial(_insert, deliveries=deliveries)))
            await asyncio.wait([commit])
            self._reached("deliveries committed")
            self._answer(batch, commit)

    def _answer(
        self, batch: Sequence[tuple[Arrival, asyncio.Future[Receipt]]], commit: asyncio.Future[list[Receipt]]
    ) -> None:
        error = commit.exception()
        for place, (_, stored) in enumerate(batch):
            if stored.done():
                continue
            if error is None:
                stored.set_result(commit.result()[place])
            else:
                stored.set_exception(error)
        if error is None and Receipt.STORED in commit.result():
            self._arrived()


def _insert(session: Session, deliveries: Sequence[Arrival]) -> list[Receipt]:
    guids = {delivery.guid for delivery in deliveries}
    found = session.exec(select(Delivery.guid, Delivery.app_id, Delivery.state).where(col(Delivery.guid).in_(guids)))
    known = {(guid, app_id): state for guid, app_id, state in found}
    receipts: list[Receipt] = []
    new: list[dict[str, object]] = []
    for delivery in deliveries:
        state = known.get((delivery.guid, delivery.app_id))
        known[delivery.guid, delivery.app_id] = DeliveryState.RECEIVED
        if state is None:
            new.append(delivery._asdict() | _UNTOUCHED)
        elif state == DeliveryState.FAILED:
            _revive(session, delivery)
        receipts.append(Receipt.STORED if state in (None, DeliveryState.FAILED) else Receipt.DUPLICATE)
    if new:
        session.connection().execute(insert(Delivery), new)
    return receipts


def _revive(session: Session, delivery: Arrival) -> None:
    # GitHub sends a delivery again under its old GUID: a failed one gets its second chance.
    before = session.get_one(Delivery, (delivery.guid, delivery.app_id))
    before.state, before.attempts, before.not_before = DeliveryState.RECEIVED, 0, 0.0
    before.payload = delivery.payload
