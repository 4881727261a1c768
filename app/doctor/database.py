"""Whether the database can be used, and has this version's tables."""

import os
from pathlib import Path
from typing import Final

import alembic.config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from app.doctor.outcome import Outcome, failed, ok, warning
from app.settings import Settings
from app.store import MIGRATIONS, Store

CHECK: Final = "database"


def examine_database(settings: Settings) -> Outcome:
    """Open the database, without making one or changing its tables."""
    try:
        store = Store(settings.database_url)
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        # The text of the error would show the address, and with it a password.
        advice = "Give it as sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME."
        return failed(CHECK, f"DATABASE_URL is not understood ({type(error).__name__})", advice)
    try:
        return _missing_file(store) or _damaged(store) or _judged(store)
    except SQLAlchemyError as error:
        message = f"the {_kind(store)} database cannot be used ({type(error.__cause__ or error).__name__})"
        return failed(CHECK, message, "See DATABASE_URL, the rights on the file, or whether the server runs.")
    finally:
        store.close()


def _missing_file(store: Store) -> Outcome | None:
    database = store.url.database or ""
    if not store.is_sqlite or Path(database).exists():
        return None
    place = next(parent for parent in Path(database).absolute().parents if parent.exists())
    if not os.access(place, os.W_OK | os.X_OK):
        advice = "Give this user the right to write there, or choose another SKILLAUDIT_DATA_DIR."
        return failed(CHECK, f"{database} does not exist, and {place} cannot be written", advice)
    advice = "Nothing to do: the server makes it at its start. If there should be one, see SKILLAUDIT_DATA_DIR."
    return warning(CHECK, f"{database} does not exist yet", advice)


def _damaged(store: Store) -> Outcome | None:
    damage = store.damage()
    if not damage:
        return None
    return failed(CHECK, f"{store.url.database} is damaged: {damage}", "Stop the server and restore a backup.")


def _judged(store: Store) -> Outcome:
    config = alembic.config.Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)
    with store.transaction() as session:
        current = MigrationContext.configure(session.connection()).get_current_revision()
    newest = scripts.get_current_head()
    if current not in {None, *(script.revision for script in scripts.walk_revisions())}:
        advice = "Run the version of SkillAudit that made it, or a newer one."
        return failed(CHECK, f"its tables ({current}) are those of a newer version than this one ({newest})", advice)
    if current != newest:
        advice = "Nothing to do: the server brings them up to date at its start. Make a backup before."
        return warning(CHECK, f"its tables ({current or 'none'}) are older than this version's ({newest})", advice)
    store.check()
    return ok(CHECK, f"the {_kind(store)} database can be written, with this version's tables ({newest})")


def _kind(store: Store) -> str:
    return "SQLite" if store.is_sqlite else "Postgres"
