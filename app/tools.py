"""What every review works with."""

from collections.abc import Callable
from concurrent.futures import Executor

import msgspec

from app.branch_requirements import BranchRequirements
from app.changesets import TreeCache
from app.events import Where
from app.facts_cache import FactsCache
from app.identity import Identity
from app.metrics import Metrics
from app.render.view import Links
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
    requirements: BranchRequirements
    settings: Settings
    metrics: Metrics
    # Audits wait for their processes in threads of their own, apart from those of the database.
    threads: Executor
    # Called at each named step, before what it names is stored.
    reached: Callable[[str], None]

    def repository(self, review: Review, permissions: Permissions) -> Repository:
        """Return the review's repository with a token for it alone and for these permissions."""
        where = Where(review.installation_id, review.repo_id, review.full_name)
        return self.reach(where, permissions, merge_group=review.subject.startswith("mg:"))

    def reach(self, where: Where, permissions: Permissions, *, merge_group: bool = False) -> Repository:
        """Return a repository with a token for it alone and for these permissions, whose calls wait for their turn."""
        repository = self.app.repository(where.installation_id, where.repo_id, where.full_name, permissions)
        return repository.paced(self.writer.turn(where.installation_id, merge_group=merge_group))

    def links(self, full_name: str) -> Links:
        """Return where readers of a repository's reviews are sent."""
        return Links(f"{self.settings.github_url}/{full_name}", self.settings.rules_url)
