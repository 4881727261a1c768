"""The corpus on disk: repositories read at commits, and judged in processes of their own."""

from pathlib import Path

from analyzers.finding import Finding, Report
from app.audits import AuditInput, audit
from app.choices import Choices
from app.facts_cache import FileCache
from app.local_audits import LocalAudit, cache_folder
from app.local_git import GitError, LocalRepository
from app.tree_reading import TreeInput
from app.workers import AnalysisPool
from bench.accuracy.labels import Labels, PullRequest
from bench.accuracy.sampling import sample


class Corpus:
    """The clones below `repos` of a folder, and the processes that judge them."""

    def __init__(self, folder: Path, pool: AnalysisPool) -> None:
        self._folder = folder / "repos"
        self._pool = pool
        self._cache = FileCache(cache_folder() / "facts.db")

    def repository(self, name: str) -> LocalRepository:
        """Open the clone of `owner/name`, bare or not. Raise GitError where there is none."""
        folder = self._folder / name.replace("/", "+")
        return LocalRepository(folder / "repo" if (folder / "repo").is_dir() else folder)

    def has(self, name: str, *commits: str) -> bool:
        """Tell whether a repository lies here with these commits."""
        try:
            repository = self.repository(name)
            for commit in commits:
                repository.resolve(commit)
        except GitError:
            return False
        return True

    def scan(self, name: str, commit: str) -> Report:
        """Judge a whole tree, as `skillaudit scan` does. Raise GitError or AnalysisFailed."""
        repository = self.repository(name)
        tree = TreeInput(repository.entries(repository.resolve(commit)), repository.load)
        return audit(AuditInput(tree), self._pool, self._cache).report

    def review(self, pull: PullRequest) -> tuple[Report, tuple[Finding, ...]]:
        """Judge a change with the code of `skillaudit review`; return what it reports, and what of it blocks.

        Raise GitError or AnalysisFailed.
        """
        view = LocalAudit(Choices(), self._pool).range(self.repository(pull.repo).folder, pull.base, pull.head)
        return view.report, tuple(finding for finding in view.report.findings if view.verdict.blocks(finding))

    def merged(self, labels: Labels, number: int, seed: int) -> tuple[PullRequest, ...]:
        """Return about `number` merged pull requests of the popular repositories that lie here, as many of each."""
        here = [popular for popular in labels.popular if self.has(popular.repo, popular.commit)]
        chosen: list[PullRequest] = []
        for place, popular in enumerate(here):
            share = -(-(number - len(chosen)) // (len(here) - place))
            chosen.extend(sample(self.repository(popular.repo), popular, share, seed))
        return tuple(chosen)
