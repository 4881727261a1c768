"""An older database becomes today's with everything that it held."""

from pathlib import Path

import alembic.command
import alembic.config
import pytest
from alembic.script import ScriptDirectory
from procrastinate.schema import SchemaManager
from sqlalchemy import inspect, text
from sqlmodel import SQLModel, select

from app.store import MIGRATIONS, Store
from app.tables import Decision, Delivery, Pace, Pusher, Review, ReviewedFinding, Thread, Upload

FIRST = "0001"
OLD_ROWS = (
    (
        "INSERT INTO delivery (guid, app_id, event, payload, received_at, state, attempts, not_before, error)"
        " VALUES ('guid', '42', 'pull_request', '', 1.5, 'received', 1, 0, '')"
    ),
    (
        "INSERT INTO review (id, installation_id, repo_id, full_name, subject, head_sha, base_sha, base_ref, policy,"
        " engine_version, rerun, priority, state, step, halt, halted_by, attempts, not_before, created_at, deadline,"
        " lease_owner, lease_until, check_run_id, on_error, conclusion, title, error)"
        " VALUES ('job', 5000000000, 6000000000, 'shop/server', 'pr:7', 'head', 'base', 'main', '', 'e1', 0, 1,"
        " 'running', 'publish', '', '', 1, 0, 2.5, 602.5, 'worker', 22.5, 7000000000, 'failure', '', '', '')"
    ),
    (
        "INSERT INTO finding (review_id, fingerprint, rule, severity, path, line, fate)"
        " VALUES ('job', 'f1', 'some-rule', 'high', 'server.py', 3, 'comment')"
    ),
    "INSERT INTO thread (repo_id, number, fingerprint, state) VALUES (6000000000, 7, 'f1', 'open')",
)


LATER_ROWS = (
    (
        "INSERT INTO pace (installation_id, writes_full_at, content_full_at, paused_until, pauses)"
        " VALUES (5000000000, 1.5, 2.5, 77.5, 2)"
    ),
    (
        "INSERT INTO decision (comment, repo_id, number, verb, fingerprint, evidence, reason, login, head_sha, made_at)"
        " VALUES ('issues/1', 6000000000, 7, 'accept', 'f1', 'e1', 'checked', 'mona', 'head', 3.5)"
    ),
    "INSERT INTO pusher (repo_id, number, login) VALUES (6000000000, 7, 'mona')",
)


@pytest.fixture
def old(empty_store: Store) -> Store:
    """Make and fill a database of the first version."""
    empty_store.migrate(FIRST)
    with empty_store.transaction() as session:
        for statement in OLD_ROWS:
            session.connection().execute(text(statement))
    return empty_store


def test_an_old_database_keeps_what_it_held(old: Store) -> None:
    old.migrate()

    with old.transaction() as session:
        review = session.exec(select(Review)).one()
        assert (review.id, review.repo_id, review.step, review.lease_until, review.check_run_id) == (
            "job",
            6_000_000_000,
            "publish",
            22.5,
            7_000_000_000,
        )
        assert session.exec(select(Delivery)).one().state == "received"
        assert session.exec(select(ReviewedFinding)).one().fate == "comment"
        assert session.exec(select(Thread)).one().state == "open"


def test_what_later_versions_added_is_kept_too(empty_store: Store) -> None:
    empty_store.migrate("0003")
    with empty_store.transaction() as session:
        for statement in LATER_ROWS:
            session.connection().execute(text(statement))

    empty_store.migrate()

    with empty_store.transaction() as session:
        pace = session.exec(select(Pace)).one()
        assert (pace.installation_id, pace.paused_until, pace.pauses, pace.served_at) == (5_000_000_000, 77.5, 2, 0.0)
        decision = session.exec(select(Decision)).one()
        assert (decision.verb, decision.login, decision.reason, decision.made_at) == ("accept", "mona", "checked", 3.5)
        assert session.exec(select(Pusher)).one().login == "mona"


def test_an_upload_stays_that_of_its_pull_request_or_branch(old: Store) -> None:
    old.migrate("0005")
    columns = "repo_id, full_name, review_id, upload_id, looks_left, look_at, failure, refusal, made_at"
    base = "'base', 1, 6000000001, 'shop/other', 'base', 'head', 'base', 'main', '', 'e1', 0, 3, 'done', '', '', '', 0"
    with old.transaction() as session:
        for statement in (
            (
                "INSERT INTO review (id, installation_id, repo_id, full_name, subject, head_sha, base_sha, base_ref,"
                " policy, engine_version, rerun, priority, state, step, halt, halted_by, attempts, not_before,"
                " created_at, deadline, lease_owner, lease_until, comments_due, on_error, conclusion, title, error)"
                f" VALUES ({base}, 0, 2.5, 602.5, '', 0, FALSE, 'failure', '', '', '')"
            ),
            f"INSERT INTO upload ({columns}) VALUES (6000000000, 'shop/server', 'job', 'u', 3, 4.5, '', '', 5.5)",
            f"INSERT INTO upload ({columns}) VALUES (6000000001, 'shop/other', 'base', '', 0, 4.5, 'broken', '', 5.5)",
        ):
            session.connection().execute(text(statement))

    old.migrate()

    with old.transaction() as session:
        kept = session.exec(select(Upload).order_by(Upload.repo_id)).all()
    assert [(row.full_name, row.is_of_base, row.upload_id, row.failure, row.failures) for row in kept] == [
        ("shop/server", False, "u", "", 0),
        ("shop/other", True, "", "broken", 1),
    ]


def test_every_version_can_be_reached_from_the_one_before(old: Store) -> None:
    for revision in reversed([item.revision for item in ScriptDirectory(str(MIGRATIONS)).walk_revisions()]):
        old.migrate(revision)

    with old.transaction() as session:
        assert set(SQLModel.metadata.tables) <= set(inspect(session.connection()).get_table_names())


def test_versions_form_one_line() -> None:
    assert len(ScriptDirectory(str(MIGRATIONS)).get_heads()) == 1


def test_what_hands_out_reviews_brings_no_migration_that_is_not_ours_yet() -> None:
    latest = max(path.name for path in Path(SchemaManager.get_migrations_path()).glob("*.sql"))

    # Where it does, a version of ours must run it on databases that were made before.
    assert latest == "03.04.00_50_post_add_retry_failed_job_procedure.sql"


def test_only_postgres_has_what_hands_out_reviews_and_a_way_back_leaves_none_of_it(store: Store) -> None:
    assert bool(handing_out(store)) != store.is_sqlite
    config = alembic.config.Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with store.transaction() as session:
        config.attributes["connection"] = session.connection()
        alembic.command.downgrade(config, "0006")

    assert not handing_out(store)
    store.migrate()
    assert bool(handing_out(store)) != store.is_sqlite


def handing_out(store: Store) -> set[str]:
    with store.transaction() as session:
        return {name for name in inspect(session.connection()).get_table_names() if name.startswith("procrastinate")}
