"""Audits of what lies on this machine: a folder, or a range of a git repository."""

import datetime
import os
import time
from collections.abc import Iterable
from pathlib import Path

import msgspec

from analyzers import Change, Hunk
from analyzers.finding import Report
from analyzers.policy import Policy, PolicyError, parse_policy
from analyzers.source import MAX_SOURCE_BYTES, Entry, Source, Unread
from app.audits import Audited, AuditInput, OnProgress, audit
from app.choices import Choices
from app.facts_cache import FactsCache, FileCache
from app.local_diff import FileDiff, LineRange
from app.local_folder import LocalFolder, read_regular
from app.local_git import GitError, LocalRepository
from app.render import catalog
from app.render.notes import POLICY_PATH, policy_above, proposed_policy, unreviewed_files
from app.render.view import Target, View
from app.render.wording import short
from app.report_cache import ReportCache
from app.tree_reading import TreeInput
from app.verdict import Verdict, judge
from app.worker_protocol import Limits
from app.workers import AnalysisPool

# A user who waits may wait longer than a server lets one tenant.
LIMITS = Limits(seconds_per_file=20.0, seconds_analyze=900.0, memory_bytes=4 * 1024 * 1024 * 1024)
MAX_PROCESSES = 8
CACHE_VARIABLE = "SKILLAUDIT_CACHE_DIR"


class LocalAudit:
    """Runs audits with one pool of processes and the user's cache."""

    def __init__(self, choices: Choices, pool: AnalysisPool, on_progress: OnProgress | None = None) -> None:
        self._choices = choices
        self._pool = pool
        self._on_progress = on_progress
        self._cache: FactsCache = FileCache(cache_folder() / "facts.db")
        self._started = time.monotonic()

    def tree(self, path: Path) -> View:
        """Audit a folder as it lies there, or one file. Raise GitError, PolicyError, UnknownRule or AnalysisFailed."""
        repository = _repository_around(path)
        folder, commit = _folder_at(path, repository)
        stated = _policy_in(path)
        policy = self._applied(stated)
        tree = TreeInput(folder.entries, folder.load, unread=tuple(folder.unread), on_demand=_texts(folder.entries))
        audited = self._audit(AuditInput(tree, policy=policy))
        return View(
            report=audited.report,
            verdict=judge(audited.report, policy),
            target=Target("tree", commit),
            texts=_completed(audited.texts, audited.report, tree),
            policy="default" if stated is None else f"`{POLICY_PATH}`",
            notes=(policy_above(),) if stated is None and _has_policy_above(path, repository) else (),
            elapsed_ms=self._elapsed(),
        )

    def range(self, folder: Path, base: str, head: str) -> View:
        """Audit what a head changes in a repository since it left its base. Raise as `tree` does."""
        repository = LocalRepository(folder)
        target = _target(repository, base, head)
        policy_file = _file(repository, target.base)
        policy = self._applied(None if policy_file is None else parse_policy(policy_file))
        question = _question(repository, target, policy)
        audited = self._audit(question)
        verdict = judge(audited.report, policy)
        return View(
            report=audited.report,
            verdict=verdict,
            target=target,
            texts=_completed(audited.texts, audited.report, question.head),
            base_texts=audited.base_texts,
            policy="default" if policy_file is None else f"`{POLICY_PATH}` at `{short(target.base)}`",
            notes=(
                *_uncommitted(repository, head, target.commit),
                *self._proposal(repository, target, question, verdict),
            ),
            elapsed_ms=self._elapsed(),
        )

    def _proposal(
        self, repository: LocalRepository, target: Target, question: AuditInput, verdict: Verdict
    ) -> tuple[str, ...]:
        try:
            before, proposed = (_file(repository, commit) for commit in (target.merge_base, target.commit))
            if proposed == before:
                return ()
            policy = self._applied(None if proposed is None else parse_policy(proposed))
        except PolicyError as error:
            return (proposed_policy(verdict, error),)
        report = self._audit(msgspec.structs.replace(question, policy=policy)).report
        return (proposed_policy(verdict, judge(report, policy)),)

    def _audit(self, question: AuditInput) -> Audited:
        return audit(question, self._pool, self._cache, self._on_progress, ReportCache(self._cache))

    def _applied(self, stated: Policy | None) -> Policy:
        today = datetime.datetime.now(datetime.UTC).date()
        rules = catalog.rule_ids() if self._choices.names_rules else frozenset()
        return self._choices.applied((stated or Policy()).on(today), rules)

    def _elapsed(self) -> int:
        return round((time.monotonic() - self._started) * 1000)


def analysis_pool() -> AnalysisPool:
    """Return processes for one command's audits."""
    return AnalysisPool(min(os.cpu_count() or 1, MAX_PROCESSES), LIMITS)


def cache_folder() -> Path:
    """Return where this user's facts are kept."""
    chosen = os.environ.get(CACHE_VARIABLE) or os.environ.get("XDG_CACHE_HOME", "")
    if os.environ.get(CACHE_VARIABLE):
        return Path(chosen)
    return (Path(chosen) if chosen else Path("~/.cache").expanduser()) / "skillaudit"


def _repository_around(path: Path) -> LocalRepository | None:
    try:
        return LocalRepository(path if path.is_dir() else path.parent)
    except GitError:
        return None


def _folder_at(path: Path, repository: LocalRepository | None) -> tuple[LocalFolder, str]:
    """Return the files at a path, as git lists them inside a repository, and the commit that they are exactly."""
    if path.is_file():
        return LocalFolder(path.parent, [os.fsencode(path.name)]), ""
    if not path.is_dir():
        raise GitError(f"{path} does not exist" if not path.exists() else f"{path} is not a folder")
    try:
        folder = None if repository is None else LocalFolder(path, repository.files())
    except GitError:
        folder = None
    if repository is None or folder is None:
        return LocalFolder(path), ""
    try:
        commit = repository.resolve("HEAD")
    except GitError:
        return folder, ""
    return folder, "" if repository.uncommitted(commit) else commit


def _has_policy_above(path: Path, repository: LocalRepository | None) -> bool:
    """Tell whether a repository has a policy that is not the policy of the folder in it, or the file, at a path."""
    if repository is None or repository.is_bare or repository.root.resolve() == path.resolve():
        return False
    return (repository.root / POLICY_PATH).is_file()


def _policy_in(path: Path) -> Policy | None:
    try:
        return parse_policy(read_regular(path / POLICY_PATH))
    except (FileNotFoundError, NotADirectoryError):
        return None


def _target(repository: LocalRepository, base: str, head: str) -> Target:
    base_commit, head_commit = repository.resolve_all(base, head)
    return Target("range", head_commit, base_commit, repository.merge_base(base_commit, head_commit))


def _file(repository: LocalRepository, commit: str) -> bytes | None:
    """Return the policy of a commit, None where there is none. Raise PolicyError when it cannot be had."""
    loaded = list(repository.load([entry for entry in repository.entries(commit) if entry.path == POLICY_PATH]))
    file = loaded[0] if loaded else None
    if isinstance(file, Unread):
        raise PolicyError(file.reason)
    return None if file is None else file.data


def _question(repository: LocalRepository, target: Target, policy: Policy) -> AuditInput:
    files = repository.diff(target.merge_base, target.commit)
    head, base = repository.entries(target.commit), repository.entries(target.merge_base)
    after, before = {file.head for file in files}, {file.base for file in files}
    return AuditInput(
        TreeInput(head, repository.load, _texts(entry for entry in head if entry.path in after)),
        TreeInput(base, repository.load, _texts(entry for entry in base if entry.path in before)),
        _change(files),
        policy,
    )


def _change(files: Iterable[FileDiff]) -> Change:
    files = tuple(files)
    return Change(
        hunks={file.head: _ranges(file.hunks) for file in files if file.head},
        blocks={file.head: _ranges(file.blocks) for file in files if file.head},
        changed=tuple(file.head for file in files if file.head),
        deleted=tuple(file.base for file in files if not file.head),
        renames={file.base: file.head for file in files if file.base and file.head and file.base != file.head},
    )


def _ranges(ranges: Iterable[LineRange]) -> tuple[Hunk, ...]:
    return tuple(Hunk(item.base_start, item.base_count, item.head_start, item.head_count) for item in ranges)


def _texts(entries: Iterable[Entry]) -> frozenset[str]:
    return frozenset(
        entry.path
        for entry in entries
        if entry.mode.startswith("100") and entry.blob and entry.size <= MAX_SOURCE_BYTES
    )


def _completed(texts: dict[str, bytes], report: Report, head: TreeInput) -> dict[str, bytes]:
    """Add the unchanged files that findings lie in or that fixes change, which the reader is shown."""
    paths = {finding.location.path for finding in report.findings}
    paths.update(edit.path for finding in report.findings if finding.fix for edit in finding.fix.edits)
    missing = [entry for entry in head.entries if entry.path in paths - texts.keys()]
    return texts | {item.path: item.data for item in head.load(missing) if isinstance(item, Source)}


def _uncommitted(repository: LocalRepository, head: str, commit: str) -> tuple[str, ...]:
    names = repository.uncommitted(commit) if head == "HEAD" else ()
    return (unreviewed_files(names),) if names else ()
