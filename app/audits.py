"""One audit from trees to a report: facts from the cache, the rest read in worker processes, then the analysis."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import msgspec

from analyzers import Change, Entry, Policy, Report, Source, Unread, facts_key, plan
from app.facts_cache import FactsCache
from app.worker_protocol import TreeFacts
from app.workers import AnalysisPool

Load = Callable[[Sequence[Entry]], Iterable[Source | Unread]]
OnProgress = Callable[[int, int], None]

# Sources are loaded and read this many bytes at a time, so that a large repository is never held whole.
CHUNK_BYTES = 8 * 1024 * 1024


class TreeInput(msgspec.Struct, frozen=True):
    """One tree: all its entries, a way to load some of them, and the paths whose text the analysis wants at hand.

    `load` yields one `Source` or `Unread` per entry, in any order; it is called from the thread that calls `audit`.
    `unread` are files that are there but could not even be listed properly.
    """

    entries: tuple[Entry, ...]
    load: Load
    wanted: frozenset[str] = frozenset()
    unread: tuple[Unread, ...] = ()


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


def audit(subject: AuditInput, pool: AnalysisPool, cache: FactsCache, on_progress: OnProgress | None = None) -> Audited:
    """Audit one tree, or a change between two; `on_progress` is told how many files of how many are read.

    Raise app.workers.AnalysisFailed, and whatever the trees' `load` raises.
    """
    head = _Reading(subject.head)
    base = None if subject.base is None else _Reading(subject.base)
    readings = [head] if base is None else [head, base]
    facts = cache.get(list(dict.fromkeys(key for reading in readings for key in reading.keys.values())))
    progress = _Progress(on_progress, sum(len(reading.needed(facts)) for reading in readings))
    for reading in readings:
        for chunk in _chunks(reading.load(facts)):
            fresh = reading.read(chunk, pool, facts)
            cache.put(fresh)
            facts.update(fresh)
            progress.advance(len(chunk))
    trees = [reading.tree_facts(facts) for reading in readings]
    report = pool.analyze(trees[0], trees[1] if base else None, subject.change, subject.policy, facts)
    return Audited(report, head.texts, {} if base is None else base.texts)


class _Reading:
    """One tree on its way to facts."""

    def __init__(self, tree: TreeInput) -> None:
        self.tree = tree
        self.keys = {entry.path: facts_key(entry) for entry in plan(tree.entries).read}
        self.texts: dict[str, bytes] = {}
        self.unread = {item.path: item for item in tree.unread}

    def needed(self, facts: Mapping[str, bytes]) -> list[Entry]:
        """Return the entries to load: wanted for their text, or for facts that are not known."""
        return [
            entry for entry in self.tree.entries if entry.path in self.tree.wanted or self._lacks(entry.path, facts)
        ]

    def load(self, facts: Mapping[str, bytes]) -> Iterator[Source]:
        """Yield what could be loaded, and note the rest as unread."""
        needed = self.needed(facts)
        for item in self.tree.load(needed) if needed else ():
            if isinstance(item, Unread):
                self.unread[item.path] = item
            else:
                yield item

    def read(self, sources: Sequence[Source], pool: AnalysisPool, facts: Mapping[str, bytes]) -> dict[str, bytes]:
        """Keep the texts that are wanted, and return the facts that were not known, by key."""
        self.texts.update((source.path, source.data) for source in sources if source.path in self.tree.wanted)
        by_key = {self.keys[source.path]: source for source in sources if self._lacks(source.path, facts)}
        fresh: dict[str, bytes] = {}
        for key, result in pool.read(by_key).items():
            if isinstance(result, bytes):
                fresh[key] = result
            else:
                self._fail(key, result)
        return fresh

    def tree_facts(self, facts: Mapping[str, bytes]) -> TreeFacts:
        """Return the tree as the analysis takes it."""
        known = {path: key for path, key in self.keys.items() if key in facts}
        return TreeFacts(self.tree.entries, known, tuple(self.unread.values()), self.texts)

    def _lacks(self, path: str, facts: Mapping[str, bytes]) -> bool:
        key = self.keys.get(path)
        return key is not None and key not in facts

    def _fail(self, key: str, unread: Unread) -> None:
        # Copies of one file share its key, and with it its fate.
        for path, own_key in self.keys.items():
            if own_key == key:
                self.unread[path] = Unread(path, unread.blob, unread.reason)


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
