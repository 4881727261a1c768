"""One audit from trees to a report: facts from the cache, the rest read in worker processes, then the analysis.

Of a large tree only outlines are held as a whole. It is judged in batches of packages, a review of it only where the
change concerns them, and the facts of one batch are held at a time.
"""

from collections.abc import Callable, Container, Iterable, Iterator, Sequence

import msgspec

from analyzers import Batch, Change, Entry, Policy, Report, Share, Source, Unread, facts_key, merged, plan
from analyzers.planning import source_bytes
from app.facts_cache import FactsCache
from app.report_cache import ReportCache
from app.worker_protocol import TreeFacts, TreeOutline
from app.workers import AnalysisPool, Supply

Load = Callable[[Sequence[Entry]], Iterable[Source | Unread]]
OnProgress = Callable[[int, int], None]

# Sources are loaded and read this many bytes at a time, so that a large repository is never held whole.
CHUNK_BYTES = 4 * 1024 * 1024
# Trees with no more bytes of source than this are judged whole.
WHOLE_BYTES = 4_000_000
# Facts that were just read are held up to this size, and are taken from the cache again beyond it.
HELD_BYTES = 16 * 1024 * 1024


class TreeInput(msgspec.Struct, frozen=True):
    """One tree: all its entries, a way to load some of them, and the paths whose text the analysis wants at hand.

    `load` yields one `Source` or `Unread` per entry, in any order; it is called from the thread that calls `audit`.
    `unread` are files that are there but could not even be listed properly. Texts `on_demand` are loaded when the
    analysis asks for them, and not returned.
    """

    entries: tuple[Entry, ...]
    load: Load
    wanted: frozenset[str] = frozenset()
    unread: tuple[Unread, ...] = ()
    on_demand: frozenset[str] = frozenset()


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
        self.head = _Reading(subject.head)
        self.base = None if subject.base is None else _Reading(subject.base)
        self.rest: tuple[Report, ...] = ()
        self._readings = [self.head] if self.base is None else [self.head, self.base]
        self._base_keys = frozenset() if self.base is None else frozenset(self.base.keys.values())
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
        found = self._cache.get([_outline_key(key) for key in keys])
        self._outlines = {key: found[_outline_key(key)] for key in keys if _outline_key(key) in found}
        needed = [reading.needed(self._outlines) for reading in self._readings]
        progress = _Progress(on_progress, sum(map(len, needed)))
        for reading in self._readings:
            for chunk in _chunks(reading.load(reading.needed(self._outlines))):
                self._hold(self._fresh(reading, chunk, reading.lacking(chunk, self._outlines)))
                progress.advance(len(chunk))

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

    def _of_tree(self, share: "_Share") -> Report:
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

    def _facts(self, shares: Sequence["_Share"]) -> dict[str, bytes]:
        """Return the facts of a batch; what the cache lost since is read again."""
        keys = dict.fromkeys(key for share in shares for key in share.keys.values())
        facts = {key: self._held[key] for key in keys if key in self._held}
        facts |= self._cache.get([key for key in keys if key not in facts])
        for share in shares:
            lost = [entry for entry in share.entries() if share.keys[entry.path] not in facts]
            for chunk in _chunks(share.reading.load(lost)):
                facts |= self._fresh(share.reading, chunk, chunk)
        return facts

    def _fresh(self, reading: "_Reading", chunk: Sequence[Source], wanted: Sequence[Source]) -> dict[str, bytes]:
        """Read files, keep their facts in the cache, and return them by key."""
        reading.keep(chunk)
        results = self._pool.read({reading.keys[source.path]: source for source in wanted}, self._base_keys)
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


class _Reading:
    """One tree on its way to facts."""

    def __init__(self, tree: TreeInput) -> None:
        self.tree = tree
        self.keys = {entry.path: facts_key(entry) for entry in plan(tree.entries).read}
        self.entries = {entry.path: entry for entry in tree.entries}
        self.texts: dict[str, bytes] = {}
        self.unread = {item.path: item for item in tree.unread}
        self.has_failed = False

    def needed(self, known: Container[str]) -> list[Entry]:
        """Return the entries to load: wanted for their text, or because nothing is known of them."""
        return [
            entry for entry in self.tree.entries if entry.path in self.tree.wanted or self._lacks(entry.path, known)
        ]

    def load(self, entries: Sequence[Entry]) -> Iterator[Source]:
        """Yield what could be loaded, and note the rest as unread."""
        for item in self.tree.load(entries) if entries else ():
            if isinstance(item, Unread):
                self.unread[item.path] = item
                self.has_failed = True
            else:
                yield item

    def lacking(self, sources: Sequence[Source], known: Container[str]) -> list[Source]:
        """Return the files of which nothing is known."""
        return [source for source in sources if self._lacks(source.path, known)]

    def keep(self, sources: Iterable[Source]) -> None:
        """Keep the texts that are wanted."""
        self.texts.update((source.path, source.data) for source in sources if source.path in self.tree.wanted)

    def fail(self, key: str, unread: Unread) -> None:
        """Note a file as unread. Copies of one file share its key, and with it its fate."""
        self.has_failed = True
        for path, own_key in self.keys.items():
            if own_key == key:
                self.unread[path] = Unread(path, unread.blob, unread.reason)

    def text(self, path: str) -> bytes | None:
        """Return the text of a path on demand, None where it cannot be had."""
        if path not in self.tree.on_demand:
            return None
        return next((item.data for item in self.tree.load([self.entries[path]]) if isinstance(item, Source)), None)

    def outline(self, outlines: Container[str]) -> TreeOutline:
        """Return the tree as its division takes it."""
        known = {path: key for path, key in self.keys.items() if key in outlines}
        return TreeOutline(self.tree.entries, known, tuple(self.unread.values()))

    def whole(self) -> Share:
        """Return everything."""
        return Share(tuple(dict.fromkeys((*self.entries, *self.unread))))

    def share(self, share: Share) -> "_Share":
        """Return a part of the tree."""
        return _Share(self, share)

    def _lacks(self, path: str, known: Container[str]) -> bool:
        key = self.keys.get(path)
        return key is not None and key not in known


class _Share:
    """What a batch has of a tree."""

    def __init__(self, reading: _Reading, share: Share) -> None:
        self.reading = reading
        self._share = share
        self._own = frozenset(share.paths)
        paths = (*share.paths, *share.along)
        self.keys = {path: reading.keys[path] for path in paths if path in reading.keys}

    def entries(self) -> list[Entry]:
        """Return the entries whose facts are asked for."""
        return [self.reading.entries[path] for path in self.keys]

    def tree_facts(self, facts: Container[str]) -> TreeFacts:
        """Return the part as the analysis takes it."""
        reading = self.reading
        return TreeFacts(
            entries=tuple(reading.entries[path] for path in self._share.paths if path in reading.entries),
            facts={path: key for path, key in self.keys.items() if key in facts},
            unread=tuple(item for path, item in reading.unread.items() if path in self._own),
            texts={path: data for path, data in reading.texts.items() if path in self._own},
            on_demand=tuple(self._own & reading.tree.on_demand),
            served_elsewhere=self._share.served_elsewhere,
        )


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
