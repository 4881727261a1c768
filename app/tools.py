"""What every review works with."""

from collections.abc import Callable
from concurrent.futures import Executor

import msgspec

from app.changesets import TreeCache
from app.facts_cache import FactsCache
from app.identity import Identity
from app.metrics import Metrics
from app.settings import Settings
from app.store import Store
from app.tables import Review
from app.workers import AnalysisPool
from app.writer import Writer
from github.installations import App, Permissions
from github.repositories import Repository


class Tools(msgspec.Struct, frozen=True):
    """The parts of the server that reviews use, made once."""

    app: App
    store: Store
    identity: Identity
    pool: AnalysisPool
    writer: Writer
    cache: FactsCache
    trees: TreeCache
    settings: Settings
    metrics: Metrics
    # Audits wait for their processes in threads of their own, apart from those of the database.
    threads: Executor
    # Called at each named step, before what it names is stored.
    reached: Callable[[str], None]

    def repository(self, review: Review, permissions: Permissions) -> Repository:
        """Return the review's repository with a token for it alone and for these permissions."""
        repository = self.app.repository(review.installation_id, review.repo_id, review.full_name, permissions)
        return repository.paced(self.writer.turn(review.installation_id, merge_group=review.subject.startswith("mg:")))
