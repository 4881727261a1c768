"""Work for one process at a time: whoever holds the lease of its row does it, the others wait."""

import time
from collections.abc import Callable
from typing import Final

from sqlalchemy import update
from sqlmodel import Session

from app.store import Store
from app.tables import Duty

# Longer than a call of GitHub's API may take, with its retries: the lease is prolonged before each.
LEASE_SECONDS: Final = 60.0


class TurnLost(Exception):
    """Another process does the work now."""


class Turn:
    """One process' turn at a duty."""

    def __init__(self, store: Store, name: str, owner: str, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._name = name
        self._owner = owner
        self._clock = clock

    async def take(self, done_before: float) -> Duty | None:
        """Begin, and return the row; None when another process is at it or it was done since `done_before`."""

        def work(session: Session) -> Duty | None:
            duty = session.get(Duty, self._name, with_for_update=True) or Duty(name=self._name)
            now = self._clock()
            if (duty.lease_until > now and duty.lease_owner != self._owner) or duty.done_at > done_before:
                return None
            duty.lease_owner, duty.lease_until = self._owner, now + LEASE_SECONDS
            session.add(duty)
            return duty

        return await self._store.run(work)

    async def keep(self, alter: Callable[[Duty], None] = lambda _: None) -> Duty:
        """Prolong the lease, note how far the work has come, and return the row. Raise TurnLost."""

        def work(session: Session) -> Duty:
            duty = session.get(Duty, self._name, with_for_update=True)
            if duty is None or duty.lease_owner != self._owner:
                raise TurnLost(self._name)
            duty.lease_until = self._clock() + LEASE_SECONDS
            alter(duty)
            return duty

        return await self._store.run(work)

    async def give_back(self, done_at: float | None) -> Duty:
        """End the turn; `done_at` says as of when all of the work is done, None that it is not. Raise TurnLost."""

        def end(duty: Duty) -> None:
            duty.lease_owner, duty.lease_until = "", 0.0
            duty.done_at = duty.done_at if done_at is None else done_at

        return await self.keep(end)


def void_turns(session: Session) -> None:
    """Take every turn back: for a server that knows to be the only one on its database."""
    session.exec(update(Duty).values(lease_owner="", lease_until=0.0))
