"""Telling the workers that share a Postgres database that a review is due: by a job of procrastinate.

It is added in the transaction that makes the review due, and says only that one is. On SQLite nobody need be told: the
one process there looks by itself.
"""

import functools
from typing import TYPE_CHECKING, Final

from sqlalchemy.exc import OperationalError
from sqlmodel import Session

if TYPE_CHECKING:
    from procrastinate import App

QUEUE: Final = "reviews"
# The task that each job asks for.
TURN: Final = "turn"


def offer(session: Session, lock: str | None = None) -> None:
    """Add a job, once this transaction is committed; of those with a `lock` one waits at a time.

    Raise procrastinate.exceptions.AlreadyEnqueued where one with this lock waits already, else as every transaction
    sqlalchemy.exc.SQLAlchemyError.
    """
    if session.get_bind().dialect.name != "postgresql":
        return
    from procrastinate.exceptions import ConnectorException

    connection = session.connection().connection.driver_connection
    try:
        _offering().configure_task(TURN, queue=QUEUE, queueing_lock=lock, connection=connection).defer()
    except ConnectorException as error:
        raise OperationalError(TURN, None, error) from error


@functools.cache
def _offering() -> "App":
    # Who is on SQLite need not wait until all this is imported.
    from procrastinate import App, SyncPsycopgConnector

    # Never opened: it adds jobs on the connections that it is given.
    return App(connector=SyncPsycopgConnector())
