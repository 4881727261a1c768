"""The database keeps what it was told, and says so when it cannot."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlmodel import Session, select

from app.store import Store
from app.tables import Delivery, ReviewedFinding


def delivery(guid: str) -> Delivery:
    return Delivery(guid=guid, app_id="1", event="ping", payload=b"", received_at=0.0)


def is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Leave out the tables of procrastinate, which are its own."""
    return kind != "table" or not str(name).startswith("procrastinate_")


def test_migrations_make_exactly_the_tables_of_the_models(store: Store) -> None:
    with store.transaction() as session:
        context = MigrationContext.configure(session.connection(), opts={"include_name": is_ours})
        difference = compare_metadata(context, Delivery.metadata)

    assert difference == []


def test_migrating_again_changes_nothing(store: Store) -> None:
    with store.transaction() as session:
        session.add(delivery("kept"))

    store.migrate()

    with store.transaction() as session:
        assert [row.guid for row in session.exec(select(Delivery))] == ["kept"]


@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 5000)]
)
def test_every_connection_is_durable_and_strict(sqlite_only: None, store: Store, pragma: str, value: object) -> None:
    with store.transaction() as session:
        assert session.connection().execute(text(f"PRAGMA {pragma}")).scalar() == value


def test_a_failed_transaction_leaves_nothing(store: Store) -> None:
    def fail() -> None:
        with store.transaction() as session:
            session.add(delivery("lost"))
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    with store.transaction() as session:
        assert session.exec(select(Delivery)).all() == []


def test_an_error_of_the_database_quotes_nothing_that_was_to_be_stored(store: Store) -> None:
    said = Delivery(guid="twice", app_id="1", event="x", payload=b"accepted, says mona", received_at=0.0)
    with store.transaction() as session:
        session.add(delivery("twice"))

    with pytest.raises(IntegrityError) as caught, store.transaction() as session:
        session.add(said)
    assert "mona" not in str(caught.value)


def test_foreign_keys_hold(store: Store) -> None:
    row = ReviewedFinding(review_id="none", fingerprint="f", rule="r", severity="low", path="p", line=1, fate="check")

    with pytest.raises(IntegrityError), store.transaction() as session:
        session.add(row)


def test_many_threads_write_without_losing_anything(store: Store) -> None:
    def increment(session: Session) -> None:
        session.exec(select(Delivery)).one().attempts += 1

    async def all_at_once() -> None:
        await asyncio.gather(*(store.run(increment) for _ in range(50)))

    with store.transaction() as session:
        session.add(delivery("counter"))
    asyncio.run(all_at_once())

    with store.transaction() as session:
        assert session.exec(select(Delivery)).one().attempts == 50


def test_a_database_that_cannot_be_written_fails_its_check(sqlite_only: None, store: Store, tmp_path: Path) -> None:
    store.check()
    store.close()
    # Whoever runs the tests may be allowed to write anything: what is no database cannot be written by anyone.
    (tmp_path / "test.db-wal").unlink(missing_ok=True)
    (tmp_path / "test.db").unlink()
    sqlite3.connect(tmp_path / "test.db").close()

    with pytest.raises(OperationalError):
        store.check()
