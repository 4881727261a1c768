"""One audit from trees to a report: facts from the cache, the rest read in worker processes, then the analysis.

Of a large tree only outlines are held as a whole. It is judged in batches of packages, a review of it only where the
change concerns them, and the facts of one batch are held at a time.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from analyzers import (
    Batch,
    Change,
    Policy,
    Report,
    Source,
    Unread,
    merged,
)
from analyzers.planning import source_bytes
from app.facts_cache import FactsCache
from app.report_cache import ReportCache
from app.tree_reading import TreeInput, TreeReading, TreeShare
from app.workers import AnalysisPool, Supply

OnProgress = Callable[[int, int], None]

# Sources are loaded and read this many bytes at a time, so that a large repository is never held whole.
CHUNK_BYTES = 4 * 1024 * 1024
# Trees with no more bytes of source than this are judged whole.
WHOLE_BYTES = 4_000_000
# Facts that were just read are held up to this size, and are taken from the cache again beyond it.
HELD_BYTES = 16 * 1024 * 1024


class AuditInput(msgspec.Struct, frozen=True):
    """What is audited: the head tree, and for a change the tree it starts from and the hunks."""

    head: TreeInput
    base: TreeInput | None = None
    change: Change | None = None
    policy: Policy = Policy()


class Audited(msgspec.Struct, frozen=True):
    """The report with the texts that were at hand, by path of the head and of the base tree."""

    report: Report
    texts: dict[str, bytes]
    base_texts: dict[str, bytes]


def audit(
    subject: AuditInput,
    pool: AnalysisPool,
    cache: FactsCache,
    on_progress: OnProgress | None = None,
    reports: ReportCache = ReportCache(),
) -> Audited:
    """Audit one tree, or a change between two; `on_progress` is told how many files of how many are read.

    What `reports` knows of a tree, or of a part of it, is not judged again. Raise app.workers.AnalysisFailed, and
    whatever the trees' `load` raises.
    """
    work = _Audit(subject, pool, cache, reports)
    work.read(on_progress)
    report = merged([*work.judged(), *work.rest])
    return Audited(report, work.head.texts, {} if work.base is None else work.base.texts)


class _Audit:
    """An audit under way: what is known of the files, and the facts that are held."""

    def __init__(self, subject: AuditInput, pool: AnalysisPool, cache: FactsCache, reports: ReportCache) -> None:
        self.head = TreeReading(subject.head)
        self.base = None if subject.base is None else TreeReading(subject.base)
        self.rest: tuple[Report, ...] = ()
        self._readings = [self.head] if self.base is None else [self.head, self.base]
        self._subject = subject
        self._pool = pool
        self._cache = cache
        self._reports = reports
        self._outlines: dict[str, bytes] = {}
        self._held: dict[str, bytes] = {}
        self._space = HELD_BYTES

    def read(self, on_progress: OnProgress | None) -> None:
        """Know the outline of every file: from the cache, or by reading the file."""
        keys = dict.fromkeys(key for reading in self._readings for key in reading.keys.values())
        self._outlines = self._known_outlines(keys)
        needed = [reading.needed(self._outlines) for reading in self._readings]
        progress = _Progress(on_progress, sum(map(len, needed)))
        for reading in self._readings:
            for chunk in _chunks(reading.load(reading.needed(self._outlines))):
                self._hold(self._fresh(reading, chunk, reading.lacking(chunk, self._outlines)))
                progress.advance(len(chunk))
            self._read_whole(reading)

    def _read_whole(self, reading: TreeReading) -> None:
        """Read the files again that were skimmed and that the product may import."""
        asked = reading.unskim(self._outlines)
        keys = dict.fromkeys(reading.keys[entry.path] for entry in asked)
        self._outlines |= self._known_outlines(key for key in keys if key not in self._outlines)
        lacking = [entry for entry in asked if reading.lacks(entry.path, self._outlines)]
        for chunk in _chunks(reading.load(lacking)):
            self._hold(self._fresh(reading, chunk, chunk))

    def _known_outlines(self, keys: Iterable[str]) -> dict[str, bytes]:
        names = {_outline_key(key): key for key in keys}
        return {names[name]: data for name, data in self._cache.get(list(names)).items()}

    def judged(self) -> Iterator[Report]:
        """Yield the reports of all batches."""
        for batch in self._batches():
            head = self.head.share(batch.head)
            if self.base is None:
                yield self._of_tree(head)
                continue
            base = None if batch.base is None else self.base.share(batch.base)
            facts = self._facts([head] if base is None else [head, base])
            trees = (head.tree_facts(facts), None if base is None else base.tree_facts(facts))
            supply = Supply(facts, self.head.text)
            yield self._pool.analyze(trees, self._subject.change, self._subject.policy, supply)

    def _of_tree(self, share: TreeShare) -> Report:
        """Return the report on a part of a tree that is compared with none."""
        key = self._reports.key(share.tree_facts(self._outlines), self._subject.policy)
        known = self._reports.get(key)
        if known is not None:
            return known
        facts = self._facts([share])
        supply = Supply(facts, self.head.text)
        report = self._pool.analyze((share.tree_facts(facts), None), None, self._subject.policy, supply)
        if not self.head.has_failed:
            self._reports.put(key, report)
        return report

    def _batches(self) -> tuple[Batch, ...]:
        """Divide large trees; `rest` is then what there is to say of the files that need not be judged."""
        if max(source_bytes(reading.tree.entries) for reading in self._readings) <= WHOLE_BYTES:
            return (Batch(self.head.whole(), None if self.base is None else self.base.whole()),)
        trees = (self.head.outline(self._outlines), None if self.base is None else self.base.outline(self._outlines))
        division = self._pool.divide(trees, self._subject.change, self._subject.policy, self._outlines)
        self.rest = (division.rest,)
        return division.batches

    def _facts(self, shares: Sequence[TreeShare]) -> dict[str, bytes]:
        """Return the facts of a batch; what the cache lost since is read again."""
        keys = dict.fromkeys(key for share in shares for key in share.keys.values())
        facts = {key: self._held[key] for key in keys if key in self._held}
        facts |= self._cache.get([key for key in keys if key not in facts])
        for share in shares:
            lost = [entry for entry in share.entries() if share.keys[entry.path] not in facts]
            for chunk in _chunks(share.reading.load(lost)):
                facts |= self._fresh(share.reading, chunk, chunk)
        return facts

    def _fresh(self, reading: TreeReading, chunk: Sequence[Source], wanted: Sequence[Source]) -> dict[str, bytes]:
        """Read files, keep their facts in the cache, and return them by key."""
        reading.keep(chunk)
        sources = {reading.keys[source.path]: reading.source(source) for source in wanted}
        results = self._pool.read(sources, frozenset() if self.base is None else frozenset(self.base.keys.values()))
        facts: dict[str, bytes] = {}
        for key, result in results.items():
            if isinstance(result, Unread):
                reading.fail(key, result)
            else:
                facts[key] = result.facts
                self._outlines[key] = result.outline
        self._cache.put(facts | {_outline_key(key): self._outlines[key] for key in facts})
        return facts

    def _hold(self, facts: dict[str, bytes]) -> None:
        size = sum(map(len, facts.values()))
        if size <= self._space:
            self._held |= facts
            self._space -= size


class _Progress:
    """Counts files."""

    def __init__(self, on_progress: OnProgress | None, total: int) -> None:
        self._on_progress = on_progress
        self._done = 0
        self._total = total

    def advance(self, files: int) -> None:
        """Count files as done and tell."""
        self._done = min(self._done + files, self._total)
        if self._on_progress is not None:
            self._on_progress(self._done, self._total)


def _outline_key(key: str) -> str:
    return f"{key}:outline"


def _chunks(sources: Iterable[Source]) -> Iterator[list[Source]]:
    chunk: list[Source] = []
    size = 0
    for source in sources:
        chunk.append(source)
        size += len(source.data)
        if size >= CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk
