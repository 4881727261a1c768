"""Whether code scanning took what was uploaded to it, where repositories ask for alerts."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from app.doctor.outcome import Outcome, warning
from app.settings import Settings
from app.store import Store
from app.uploads import troubles

CHECK: Final = "code scanning"
MAX_SHOWN: Final = 20
ADVICE: Final = (
    "Findings of pull requests are comments meanwhile, and the next review tries again; the default branch is uploaded "
    "again by itself a few times. If it stays so, see whether the repository has code scanning and the App "
    "security_events: write, or set code_scanning: off in its policy."
)


def examine_alerts(settings: Settings) -> Iterator[Outcome]:
    """Tell of the repositories whose last upload failed; nothing where the database does not know, which tells that."""
    try:
        store = Store(settings.database_url)
    except (ArgumentError, NoSuchModuleError, ImportError):
        return
    try:
        found = _troubles(store)
    except SQLAlchemyError:
        return
    finally:
        store.close()
    for full_name, reason in found[:MAX_SHOWN]:
        yield warning(CHECK, f"{full_name}: no alerts from the last upload: {reason}", ADVICE)
    if len(found) > MAX_SHOWN:
        yield warning(CHECK, f"the same in {len(found) - MAX_SHOWN} more repositories", ADVICE)


def _troubles(store: Store) -> list[tuple[str, str]]:
    if store.is_sqlite and not Path(store.url.database or "").exists():
        return []
    with store.transaction(alone=False) as session:
        return troubles(session)
