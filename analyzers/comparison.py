"""The head tree beside the base tree: which findings are new, which are gone, and how authority changed."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from analyzers.authority.compare import COLUMNS, differences, direction, pair
from analyzers.authority.rows import Row, RowReader
from analyzers.finding import AuthorityChange, Cause, Failure, Finding, FixedFinding, Severity, ToolRow
from analyzers.planning import is_manifest
from analyzers.policy import Policy
from analyzers.rule import Analysis, Draft, Rule
from analyzers.tree import Change

FINGERPRINT_VERSION = "1"


class Reported(NamedTuple):
    """A draft with the rule that made it, under a key that no other draft of the rule has."""

    rule: Rule
    draft: Draft
    key: str


class Judged(msgspec.Struct, frozen=True):
    """One tree analysed: what the rules said, and which of them failed."""

    analysis: Analysis
    reader: RowReader
    reported: tuple[Reported, ...]
    failures: tuple[Failure, ...]

    def rows(self) -> dict[str, ToolRow]:
        """Return the public rows by key."""
        return {row.key: self.reader.public(row) for row in self.analysis.rows}

    def keys(self) -> frozenset[tuple[str, str]]:
        """Return (rule, key) of everything reported."""
        return frozenset((item.rule.id, item.key) for item in self.reported)


class Found(NamedTuple):
    """A finding with the drafts that it presents."""

    finding: Finding
    members: tuple[Reported, ...]


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


class Comparison:
    """What the head tree has beside the base tree; without a base everything is new."""

    def __init__(self, now: Judged, before: Judged | None, change: Change | None, policy: Policy = Policy()) -> None:
        self.now = now
        self.before = before
        self.policy = policy
        self.change = change or Change()
        self.head_rows = now.rows()
        self.base_rows = before.rows() if before is not None else {}
        self.row_partners: dict[str, ToolRow] = {}
        self.removed: list[ToolRow] = []
        self.partners: dict[tuple[str, str], Reported] = {}
        if before is not None:
            self._pair_rows(before)
            self._pair_findings(before)

    # Pairing

    def _pair_rows(self, before: Judged) -> None:
        mapped = [(self._mapped(row.key), self.base_rows[row.key], _digest(row)) for row in before.analysis.rows]
        current = [(row.key, self.head_rows[row.key], _digest(row)) for row in self.now.analysis.rows]
        self.row_partners = pair(mapped, current)
        used = {id(row) for row in self.row_partners.values()}
        self.removed = [row for _, row, _ in mapped if id(row) not in used]

    def _pair_findings(self, before: Judged) -> None:
        """Pair equal keys; of several equals those on unchanged lines first, so that the added one is new."""
        moved = {row.key: key for key, row in self.row_partners.items()}
        waiting: dict[tuple[str, str], list[Reported]] = defaultdict(list)
        for item in before.reported:
            key = moved.get(item.draft.key) or self._mapped(item.draft.key)
            waiting[item.rule.id, key].append(item)
        for item in sorted(self.now.reported, key=lambda item: self._is_on_changed_line(item.draft)):
            candidates = waiting.get((item.rule.id, item.draft.key))
            if candidates:
                self.partners[item.rule.id, item.key] = candidates.pop(0)

    def _is_on_changed_line(self, draft: Draft) -> bool:
        line = draft.location.line
        hunks = self.change.hunks.get(draft.location.path, ())
        return any(hunk.head_start <= line < hunk.head_start + max(hunk.head_count, 1) for hunk in hunks)

    def _mapped(self, key: str) -> str:
        """Return a key of the base tree as it reads after the renames of the change."""
        for old, new in self.change.renames.items():
            for before, after in ((old, new), (old.rpartition(".")[0], new.rpartition(".")[0])):
                if before and key.startswith((f"{before}:", f"{before}|")):
                    return after + key[len(before) :]
        return key

    # Findings

    def findings(self) -> Iterator[Found]:
        """Yield the findings of the head tree, drafts with one root cause joined."""
        groups: dict[tuple[str, str], list[Reported]] = {}
        for item in self.now.reported:
            if item.rule.changes_only and self.before is None:
                continue
            group = f"{item.draft.group} {item.draft.severity}" if item.draft.group else item.key
            groups.setdefault((item.rule.id, group), []).append(item)
        for (rule, group), members in groups.items():
            yield Found(self._finding(members, fingerprint(rule, group)), tuple(members))

    def _finding(self, members: Sequence[Reported], identity: str) -> Finding:
        rule = members[0].rule
        ordered = sorted(members, key=lambda item: item.draft.location)
        fresh = [item.draft for item in ordered if self.is_new(item)]
        drafts = [item.draft for item in ordered]
        shown = (fresh or drafts)[0]
        many = len(fresh or drafts) > 1 and bool(shown.group_message)
        return Finding(
            rule=rule.id,
            principle=rule.principle,
            severity=self._severity(rule, shown),
            confidence=max(draft.confidence for draft in fresh or drafts),
            location=shown.location,
            message=f"{len(fresh or drafts)} {shown.group_message}" if many else shown.message,
            why=shown.why,
            fingerprint=identity,
            new=bool(fresh),
            tools=_rows(drafts),
            new_tools=_rows(fresh),
            evidence=shown.evidence,
            pattern=rule.pattern,
        )

    def is_new(self, item: Reported) -> bool:
        """Tell whether a draft has no partner in the base, or crossed the gate since.

        A rule about rows is quiet where its column did not get worse and another improved: it only appears because of
        that. So it is where the row was not fully known before.
        """
        if self.before is None:
            return True
        partner = self.partners.get((item.rule.id, item.key))
        if partner is not None:
            return self._passed_gates(item) > self._passed_gates(partner)
        if item.rule.column is None or not item.draft.rows:
            return True
        return any(self._got_worse(row, item.rule.column) for row in item.draft.rows)

    def _passed_gates(self, item: Reported) -> tuple[bool, bool]:
        """Tell whether a draft is loud, and whether it blocks."""
        severity = self._severity(item.rule, item.draft)
        loud = item.draft.confidence >= self.policy.min_confidence and severity >= Severity.LOW
        return loud, loud and self.policy.gate is not None and severity >= self.policy.gate

    def _severity(self, rule: Rule, draft: Draft) -> Severity:
        setting = self.policy.setting(rule.id)
        return setting.severity if setting is not None and setting.severity is not None else draft.severity

    def _got_worse(self, key: str, column: str) -> bool:
        row, partner = self.head_rows.get(key), self.row_partners.get(key)
        if row is None or partner is None:
            return True
        directions = {name: direction(partner, row, name) for name in COLUMNS}
        worse = "worse" in (directions[column], directions["capabilities"])
        return worse or ("better" not in directions.values() and not partner.unresolved)

    def fixed(self) -> Iterator[FixedFinding]:
        """Yield the findings of the base tree that are gone, a group only when all of it is."""
        if self.before is None:
            return
        paired = {(item.rule.id, item.key) for item in self.partners.values()}
        present = {fingerprint(found.finding.rule, _group(found.members[0])) for found in self.findings()}
        seen: set[str] = set()
        for item in self.before.reported:
            identity = fingerprint(item.rule.id, self._mapped(_group(item)))
            gone = (item.rule.id, item.key) not in paired and identity not in present | seen
            if gone and not item.rule.changes_only:
                seen.add(identity)
                yield FixedFinding(identity, item.rule.id, item.draft.location.path)

    # Authority

    def authority(self) -> tuple[AuthorityChange, ...] | None:
        """Return what changed in the table, None without a base."""
        if self.before is None:
            return None
        return tuple(differences(self.row_partners, self.head_rows, self.removed, self._cause))

    def changed_rows(self) -> frozenset[str]:
        """Return the keys of rows that are new or differ."""
        changes = self.authority()
        return frozenset(self.head_rows) if changes is None else frozenset(change.tool for change in changes)

    def _cause(self, row: ToolRow) -> Cause | None:
        """Return the changed line nearest to a row: its own place, else where its checks or provider stand."""
        for path, line in _places(row):
            for hunk in self.change.hunks.get(path, ()):
                if hunk.head_start <= line < hunk.head_start + max(hunk.head_count, 1):
                    return Cause(path, line)
        hunks = self.change.hunks.get(row.path, ())
        return Cause(row.path, hunks[0].head_start) if hunks else None

    def surface_changed(self) -> bool:
        """Tell whether the change touches rows, the product's files, or manifests that choose what runs."""
        changes = self.authority()
        if changes is None or changes:
            return True
        paths = (*self.change.changed, *self.change.deleted)
        product = self.now.analysis.product | (self.before.analysis.product if self.before is not None else frozenset())
        return any(path in product or is_manifest(path) for path in paths)


def _group(item: Reported) -> str:
    return f"{item.draft.group} {item.draft.severity}" if item.draft.group else item.key


def _places(row: ToolRow) -> Iterator[tuple[str, int]]:
    yield row.path, row.line
    for text in (row.authorization.where, row.authentication):
        path, _, line = text.rstrip(")").rpartition(" ")[2].lstrip("(").rpartition(":")
        if path and line.isdigit():
            yield path, int(line)


def _rows(drafts: Iterable[Draft]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row for draft in drafts for row in draft.rows))


def _digest(row: Row) -> str:
    handler = row.entry.handler
    return handler.facts.digest if handler is not None and row.entry.branch is None else ""
