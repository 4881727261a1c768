"""One audit from trees to a report: facts from the cache, the rest read in worker processes, then the analysis."""

from collections.abc import Callable, Iterable, Sequence

import msgspec

from analyzers import Change, Entry, Policy, Report, Source, Unread
from app.facts_cache import FactsCache
from app.workers import AnalysisPool

Load = Callable[[Sequence[Entry]], Iterable[Source | Unread]]


class TreeInput(msgspec.Struct, frozen=True):
    """One tree: all its entries, a way to load some of them, and the paths whose text the analysis wants at hand.

    `load` yields one `Source` or `Unread` per entry, in any order; it is called from the thread that calls `audit`.
    """

    entries: tuple[Entry, ...]
    load: Load
    wanted: frozenset[str] = frozenset()


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


def audit(subject: AuditInput, pool: AnalysisPool, cache: FactsCache) -> Audited:
    """Audit one tree, or a change between two."""
    raise NotImplementedError
