"""What wakes the processes that share a Postgres database when there is work.

The rows of reviews and deliveries are the queue there as well as on SQLite. An engine beside them would keep a second
queue with leases, retries and priorities of its own, which would have to be reconciled with the rows after each kill,
and would leave untested on Postgres what is tested on SQLite. All that rows lack is a way to be noticed at once:
`pg_notify`, sent by the transaction that adds them, is that. A call that nobody hears costs a second, since everybody
also looks by themselves.
"""

import asyncio
from collections.abc import Callable
from typing import Final

import structlog
from sqlalchemy import URL, text
from sqlmodel import Session

CHANNEL: Final = "skillaudit"
RECONNECT_SECONDS: Final = 1.0
log: Final = structlog.get_logger(__name__)


def announce(session: Session) -> None:
    """Wake everybody who waits for work, once this transaction is committed."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(text("SELECT pg_notify(:channel, '')"), {"channel": CHANNEL})


async def listen(url: URL, wake: Callable[[], None]) -> None:
    """Call `wake` at each announcement, until cancelled."""
    import psycopg

    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
                await connection.execute(f"LISTEN {CHANNEL}")
                # Whatever was announced in between.
                wake()
                async for _ in connection.notifies():
                    wake()
        except psycopg.OperationalError as error:
            log.warning("announcements are not heard", error=type(error).__name__)
        await asyncio.sleep(RECONNECT_SECONDS)
