"""What of the base tree is what of the head tree: rows with rows, and drafts with drafts."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from analyzers.authority.compare import pair
from analyzers.authority.likeness import alike
from analyzers.authority.public_rows import public_row
from analyzers.authority.rows import Row, RowReader
from analyzers.finding import Failure, Severity, ToolRow
from analyzers.rule import Analysis, Draft, Rule

FINGERPRINT_VERSION = "1"


class Reported(NamedTuple):
    """A draft with the rule that made it, under a key that no other draft of the rule has.

    `placed` tells that it stands at the change that caused it, where drafts of every severity are one finding.
    """

    rule: Rule
    draft: Draft
    key: str
    placed: bool = False


class Judged(msgspec.Struct, frozen=True):
    """One tree analysed: what the rules said, and which of them failed."""

    analysis: Analysis
    reader: RowReader
    reported: tuple[Reported, ...]
    failures: tuple[Failure, ...]

    def rows(self) -> dict[str, ToolRow]:
        """Return the public rows by key."""
        return {row.key: public_row(row) for row in self.analysis.rows}

    def keys(self) -> frozenset[tuple[str, str]]:
        """Return (rule, key) of everything reported."""
        return frozenset((item.rule.id, item.key) for item in self.reported)


def reported(drafts: Iterable[tuple[Rule, Draft]]) -> tuple[Reported, ...]:
    """Return drafts under unique keys: an ordinal tells equals apart."""
    seen: dict[tuple[str, str], int] = defaultdict(int)
    found: list[Reported] = []
    for rule, draft in drafts:
        ordinal = seen[rule.id, draft.key]
        seen[rule.id, draft.key] += 1
        found.append(Reported(rule, draft, draft.key if not ordinal else f"{draft.key}#{ordinal}"))
    return tuple(found)


def fingerprint(rule: str, key: str) -> str:
    """Return the identity of a finding: no line, no message, no secret."""
    return hashlib.sha256(f"{FINGERPRINT_VERSION}\0{rule}\0{key}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def mapped(key: str, renames: Mapping[str, str]) -> str:
    """Return a key of the base tree as it reads after the renames of a change."""
    for old, new in renames.items():
        for before, after in ((old, new), (old.rpartition(".")[0], new.rpartition(".")[0])):
            if before and key.startswith((f"{before}:", f"{before}|")):
                return after + key[len(before) :]
    return key


class RowPairs:
    """The rows of a base by their partners' keys in the head, and those that have none; `renames` are of files."""

    def __init__(self, before: Judged, now: Judged, head: Mapping[str, ToolRow], renames: Mapping[str, str]) -> None:
        self.base, self.head = before.rows(), head
        self._renames = renames
        first = [(self.mapped(row.key), self.base[row.key], _digest(row)) for row in before.analysis.rows]
        second = [(row.key, self.head[row.key], _digest(row)) for row in now.analysis.rows]
        self.partners = pair(first, second)
        self._pair_renamed(before.analysis.rows, now.analysis.rows)
        self.moved = {row.key: key for key, row in self.partners.items()}
        self.removed = [row for _, row, _ in first if row.key not in self.moved]

    def _pair_renamed(self, before: Sequence[Row], now: Sequence[Row]) -> None:
        paired = {row.key for row in self.partners.values()}
        left = [row for row in before if row.key not in paired]
        fresh = [row for row in now if row.key not in self.partners]
        servers = {row.entry.server.id: self.mapped(row.entry.server.id) for row in left}
        for key, partner in alike(left, fresh, servers).items():
            self.partners[key] = self.base[partner]

    def mapped(self, key: str) -> str:
        """Return a key of the base tree as it reads after the renames of the change."""
        return mapped(key, self._renames)

    def row(self, key: str) -> str:
        """Return the key in the head of a row of the base."""
        return self.moved.get(key) or self.mapped(key)

    def place(self, key: str) -> str:
        """Return the key in the head of a draft of the base, which may begin with that of a row."""
        row, bar, symbol = key.partition("|")
        if key not in self.moved and bar and row in self.moved:
            return f"{self.moved[row]}|{symbol}"
        return self.row(key)

    def gravest(self, before: Iterable[Reported]) -> dict[tuple[str, str], Severity]:
        """Return how grave what the base says of an entry point is, by the rule and the head's key."""
        found: dict[tuple[str, str], Severity] = {}
        for item in before:
            for row in item.draft.rows:
                key = (item.rule.id, self.row(row))
                found[key] = max(found.get(key, Severity.INFO), item.draft.severity)
        return found

    def saying(self, draft: Draft) -> tuple[str, tuple[str, ...]]:
        """Return what a draft of the base says, and of which rows, with the names that these have in the head."""
        keys = tuple(self.row(row) for row in draft.rows)
        message = draft.message
        for row, key in zip(draft.rows, keys, strict=True):
            if row in self.base and key in self.head:
                message = message.replace(f"`{self.base[row].name}`", f"`{self.head[key].name}`")
        return message, keys


Partners = dict[tuple[str, str], Reported]
# By what a draft is known again, None where it cannot be so.
Known = Callable[[Reported], Hashable | None]
# How a draft of the base is known, how one of the head, and whether the latter, put first, is the former.
Way = tuple[Known, Known, Callable[[Draft, Draft], bool]]


def draft_partners(
    before: Sequence[Reported], now: Sequence[Reported], pairs: RowPairs, is_changed: Callable[[Draft], bool]
) -> Partners:
    """Return the drafts of the base by (rule, key) in the head.

    Of several with equal keys those on unchanged lines come first, so that the added one is new. Then what left one
    place is what came at another: where the same is said, or no more of the same entry points, or of others the same
    at a place that was not changed.
    """
    partners: Partners = {}
    by_key: dict[tuple[str, str], list[Reported]] = defaultdict(list)
    for item in before:
        by_key[item.rule.id, pairs.place(item.draft.key)].append(item)
    for item in sorted(now, key=lambda item: is_changed(item.draft)):
        if candidates := by_key.get((item.rule.id, item.draft.key)):
            partners[item.rule.id, item.key] = candidates.pop(0)
    left = [item for items in by_key.values() for item in items]
    gone = {row.key for row in pairs.removed}

    def of_gone(item: Reported) -> Hashable | None:
        rows = item.draft.rows
        return _behind(item) if rows and gone.issuperset(rows) else None

    def of_added(item: Reported) -> Hashable | None:
        rows = item.draft.rows
        return _behind(item) if pairs.partners.keys().isdisjoint(rows) and not is_changed(item.draft) else None

    ways: tuple[Way, ...] = (
        (lambda item: pairs.saying(item.draft) if item.draft.rows else None, _saying, _is_any),
        (_standing_alone, _standing_alone, _is_any),
        (lambda item: pairs.saying(item.draft)[1] if item.draft.about else None, _rows_about, _is_about_less),
        (of_gone, of_added, _is_about_fewer),
    )
    for way in ways:
        open_ones = [item for item in now if (item.rule.id, item.key) not in partners]
        left = _pair_left(left, open_ones, way, partners)
    return partners


def _pair_left(left: Sequence[Reported], now: Sequence[Reported], way: Way, partners: Partners) -> list[Reported]:
    """Pair what is left of the base with what is known again in the head, and return what is left of it then."""
    theirs, ours, fits = way
    known: dict[tuple[str, Hashable], list[Reported]] = defaultdict(list)
    for item in left:
        if (shown := theirs(item)) is not None:
            known[item.rule.id, shown].append(item)
    taken: set[str] = set()
    for item in now:
        shown = ours(item)
        candidates = known.get((item.rule.id, shown), []) if shown is not None else []
        fitting = next((other for other in candidates if fits(item.draft, other.draft)), None)
        if fitting is not None:
            candidates.remove(fitting)
            taken.add(f"{fitting.rule.id} {fitting.key}")
            partners[item.rule.id, item.key] = fitting
    return [item for item in left if f"{item.rule.id} {item.key}" not in taken]


def _is_any(_: Draft, __: Draft) -> bool:
    """Two drafts that are known by all that they say are one."""
    return True


def _is_about_less(draft: Draft, other: Draft) -> bool:
    """Tell whether a draft is no graver than another one, and about no argument that the other is not about."""
    return draft.about <= other.about and draft.severity <= max(other.severity, other.alone)


def _is_about_fewer(draft: Draft, other: Draft) -> bool:
    """Tell so where the arguments have other names."""
    return len(draft.about) <= len(other.about) and draft.severity <= max(other.severity, other.alone)


def _saying(item: Reported) -> Hashable | None:
    return (item.draft.message, item.draft.rows) if item.draft.rows else None


def _rows_about(item: Reported) -> Hashable | None:
    return item.draft.rows if item.draft.about else None


def _standing_alone(item: Reported) -> Hashable | None:
    """Return what a draft of no entry point says of which expression, wherever that stands."""
    parts = item.draft.key.split("|", 2)
    return (item.draft.message, parts[2]) if not item.draft.rows and len(parts) > 2 else None


def _behind(item: Reported) -> Hashable | None:
    """Return the place behind an entry point that a draft is about, with its file."""
    _, bar, symbol = item.draft.key.partition("|")
    return (item.draft.location.path, symbol) if bar and item.draft.about else None


def _digest(row: Row) -> str:
    handler = row.entry.handler
    return handler.facts.digest if handler is not None and row.entry.branch is None else ""
