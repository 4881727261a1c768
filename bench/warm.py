"""A review in processes that are up already, with the facts of unchanged files cached.

Run as a program it reviews a repository's HEAD against its branch `base`: `python -m bench.warm REPOSITORY TIMES`.
"""

import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from analyzers import Change, Hunk
from app.audits import AuditInput, audit
from app.local_git import LocalRepository
from app.tree_reading import TreeInput
from app.workers import AnalysisPool
from bench import table
from bench.measure import Usage, median, run
from bench.packages import MEDIUM, SourceFile, python_files, size, ten_files
from bench.repositories import changed, repository

_REVIEWS = 10


class BaseFacts:
    """A cache that keeps the facts of the base, and forgets those of the head as if each push were a new one."""

    def __init__(self) -> None:
        self._facts: dict[str, bytes] = {}
        self.is_open = True

    def get(self, keys: Sequence[str]) -> dict[str, bytes]:
        """Return what is known of the keys."""
        return {key: self._facts[key] for key in keys if key in self._facts}

    def put(self, facts: Mapping[str, bytes]) -> None:
        """Keep facts while the cache is open."""
        if self.is_open:
            self._facts.update(facts)


def warm_review(downloads: Path, rounds: int) -> None:
    """Print what one more review costs in a process that has already done one."""
    alone = ten_files(downloads)
    _print("nothing else in the repository", alone, alone, rounds)
    everything = python_files(MEDIUM, downloads)
    _print(f"in {MEDIUM}", everything, everything[:: max(1, len(everything) // 10)][:10], rounds)


def _print(where: str, everything: list[SourceFile], some: list[SourceFile], rounds: int) -> None:
    touched = [changed(file) for file in some]
    with tempfile.TemporaryDirectory() as scratch:
        folder = repository(Path(scratch) / "repository", everything, touched)
        program = [sys.executable, "-m", "bench.warm", str(folder)]
        one = median([run([*program, "1"]) for _ in range(rounds)])
        many = median([run([*program, str(1 + _REVIEWS)]) for _ in range(rounds)])
    subject = f"{where}: {size(everything) / 1e6:.2f} MB, {len(touched)} files of {size(touched) / 1000:.0f} KB changed"
    table.heading("review of 10 changed files, processes warm, facts of unchanged files cached", subject)
    table.usages({"the first, facts of the base included": one, "one more": _difference(many, one)})


def _difference(many: Usage, one: Usage) -> Usage:
    return Usage((many.cpu - one.cpu) / _REVIEWS, (many.wall - one.wall) / _REVIEWS, many.megabytes, many.code)


def _inputs(repository: LocalRepository) -> tuple[TreeInput, AuditInput]:
    base, head = repository.resolve_all("base", "HEAD")
    files = repository.diff(base, head)
    hunks = {
        file.head: tuple(
            Hunk(hunk.base_start, hunk.base_count, hunk.head_start, hunk.head_count) for hunk in file.hunks
        )
        for file in files
    }
    names = frozenset(hunks)
    before, after = (TreeInput(repository.entries(commit), repository.load, names) for commit in (base, head))
    return before, AuditInput(after, before, Change(hunks=hunks, changed=tuple(hunks), deleted=(), renames={}))


def main(folder: Path, times: int) -> None:
    """Audit the base once, then review the head a number of times."""
    base, subject = _inputs(LocalRepository(folder))
    pool, cache = AnalysisPool(), BaseFacts()
    audit(AuditInput(base), pool, cache)
    cache.is_open = False
    for _ in range(times):
        audit(subject, pool, cache)
    pool.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
