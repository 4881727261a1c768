"""The head tree beside the base tree: which findings are new, which are gone, and how authority changed."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from analyzers.authority.causes import Causes, Spot
from analyzers.authority.changes import Changes, RowChange, changed_rows
from analyzers.authority.compare import COLUMNS, Direction, differences, direction
from analyzers.authority.rows import Row
from analyzers.authority.supports import Supports
from analyzers.finding import AuthorityChange, Cause, Failure, Finding, FixedFinding, Severity, ToolRow
from analyzers.pairing import Judged, Reported, RowPairs, draft_partners, fingerprint, mapped
from analyzers.planning import is_manifest
from analyzers.policy import Policy
from analyzers.project.targets import UNRESOLVED
from analyzers.rule import ChangeRule, Draft, Rule
from analyzers.tree import Change, Tree


class Found(NamedTuple):
    """A finding with the drafts that it presents, and the one of them that is shown."""

    finding: Finding
    members: tuple[Reported, ...]
    shown: Reported


class Comparison:
    """What the head tree has beside the base tree; without a base everything is new."""

    def __init__(
        self,
        now: Judged,
        before: Judged | None,
        change: Change | None,
        policy: Policy = Policy(),
        base: Tree | None = None,
    ) -> None:
        self.now = now
        self.before = before
        self.policy = policy
        self.change = change or Change()
        self.head_rows = now.rows()
        self.row_partners: dict[str, ToolRow] = {}
        self.removed: list[ToolRow] = []
        self.partners: dict[tuple[str, str], Reported] = {}
        self.standing: dict[tuple[str, str], tuple[bool, bool]] = {}
        self.causes: Causes | None = None
        self.changed: dict[str, RowChange] = {}
        self.rows: dict[str, Row] = {}
        self.covered: frozenset[str] = frozenset()
        self._authority: tuple[AuthorityChange, ...] | None = None
        self.known: frozenset[tuple[str, str]] = frozenset()
        if before is not None:
            self.causes = Causes(
                self.change, Supports(before.analysis.flow), Supports(now.analysis.flow), base.texts if base else {}
            )
            self._pair(before, self.change)
            self._find_standing(before)

    # Pairing

    def _pair(self, before: Judged, change: Change) -> None:
        pairs = RowPairs(before, self.now, self.head_rows, change.renames)
        self.row_partners, self.removed = pairs.partners, pairs.removed
        shown = {key: (row, self.head_rows[key]) for key, row in self.row_partners.items()}
        first, self.rows = ({row.key: row for row in judged.analysis.rows} for judged in (before, self.now))
        self.changed = {found.after.key: found for found in changed_rows(first, self.rows, shown)}
        self.known = frozenset((item.rule.id, pairs.row(row)) for item in before.reported for row in item.draft.rows)
        self.partners = draft_partners(before.reported, self.now.reported, pairs, self._is_on_changed_line)

    def _find_standing(self, before: Judged) -> None:
        for item in before.reported:
            if item.draft.standing:
                key = (item.rule.id, self._mapped(item.draft.standing))
                self.standing[key] = max(self.standing.get(key, (False, False)), self._passed_gates(item))

    def _is_on_changed_line(self, draft: Draft) -> bool:
        line = draft.location.line
        blocks = self.change.runs(draft.location.path)
        return any(block.head_start <= line < block.head_start + block.head_count for block in blocks)

    def _mapped(self, key: str) -> str:
        return mapped(key, self.change.renames)

    # Rules about changes

    def changes(self) -> Changes | None:
        """Return what became of the rows of the base, None without a base."""
        if self.causes is None:
            return None
        rows = tuple(change for _, change in sorted(self.changed.items()))
        explaining = [item.draft for item in self.now.reported if self._explains(item) and self.is_new(item)]
        explained = frozenset(key for draft in explaining for key in draft.rows)
        places = frozenset((draft.location.path, draft.location.line) for draft in explaining)
        return Changes(rows, self.causes, explained, places)

    def _explains(self, item: Reported) -> bool:
        """Tell whether a draft says why a changed check does not hold, or that what replaced it could not be read."""
        damaged = item.rule.column in ("authorization", "authentication") and not item.rule.says_missing
        return item.rule.changes_only or (damaged and self._is_on_changed_line(item.draft))

    def add(self, told: Sequence[Reported], failures: Sequence[Failure]) -> None:
        """Take in what rules about changes say; what else is only missing in these rows is part of it."""
        self.covered = frozenset(row for item in told for row in item.draft.rows)
        self.now = msgspec.structs.replace(
            self.now, reported=(*self.now.reported, *told), failures=(*self.now.failures, *failures)
        )

    # Findings

    def findings(self) -> Iterator[Found]:
        """Yield the findings of the head tree, drafts with one root cause joined."""
        groups: dict[tuple[str, str], list[Reported]] = {}
        for item in self.now.reported:
            if (item.rule.changes_only and self.before is None) or self._is_part(item):
                continue
            placed = self._placed(item)
            groups.setdefault((item.rule.id, _group(placed)), []).append(placed)
        for (rule, group), members in groups.items():
            yield self._found(members, fingerprint(rule, group))

    def _is_part(self, item: Reported) -> bool:
        """Tell whether a draft says of a row, away from what was changed, what a change took from it."""
        lost = item.rule.column in ("authorization", "authentication")
        if not lost or self.covered.isdisjoint(item.draft.rows) or isinstance(item.rule, ChangeRule):
            return False
        return self.is_new(item) and (item.rule.says_missing or not self._is_on_changed_line(item.draft))

    def _placed(self, item: Reported) -> Reported:
        """Return a draft about something missing at the change that took it away, where that is known."""
        column = item.rule.column
        if not item.rule.says_missing or column is None or self.causes is None:
            return item
        if self._is_on_changed_line(item.draft) or not self.is_new(item):
            return item
        change, worse = self._worsened(item.draft, column)
        spot = self.causes.of(change.before, change.after, worse, worse=True) if change is not None else None
        if spot is None or not spot.sure:
            return item
        placed = self.causes.location(spot)
        group = f"{item.draft.group}|{worse}|{spot.path}|{spot.symbol}"
        return item._replace(draft=msgspec.structs.replace(item.draft, location=placed, group=group), placed=True)

    def _worsened(self, draft: Draft, column: str) -> tuple[RowChange | None, str]:
        """Return a row of a draft that got worse in a column, else one that more callers reach."""
        for worse in (column, "transport"):
            for key in draft.rows:
                change = self.changed.get(key)
                if change is not None and change.is_worse(worse):
                    return change, worse
        return None, column

    def _found(self, members: Sequence[Reported], identity: str) -> Found:
        ordered = sorted(members, key=lambda item: item.draft.location)
        fresh = [item for item in ordered if self.is_new(item)]
        shown = max(fresh or ordered, key=lambda item: item.draft.severity)
        new = [item.draft for item in fresh]
        finding = self._finding(shown, [item.draft for item in ordered], new, identity)
        return Found(finding, tuple(members), shown)

    def _finding(self, item: Reported, drafts: Sequence[Draft], fresh: Sequence[Draft], identity: str) -> Finding:
        rule, shown = item.rule, item.draft
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

        A rule about rows is quiet where it said of the same rows that it is missing, and where its column did not get
        worse and another improved: it only appears because of that. So it is where the row was not fully known before.
        """
        if self.before is None:
            return True
        partner = self.partners.get((item.rule.id, item.key))
        if partner is not None:
            return self._passed_gates(item) > self._passed_gates(partner) and not self._follows(item)
        if item.draft.standing and self._stood(item):
            return False
        if item.rule.column is None or not item.draft.rows:
            return True
        if item.rule.says_missing and all((item.rule.id, row) in self.known for row in item.draft.rows):
            return False
        return any(self._got_worse(row, item.rule.column) for row in item.draft.rows)

    def _follows(self, item: Reported) -> bool:
        """Tell whether a draft is only graver because a column got worse that another rule speaks for."""
        column = item.rule.follows
        pairs = [(self.row_partners.get(key), self.head_rows.get(key)) for key in item.draft.rows]
        return column is not None and any(
            before is not None and now is not None and direction(before, now, column) == "worse"
            for before, now in pairs
        )

    def _stood(self, item: Reported) -> bool:
        """Tell whether the base has the cause of a draft, as grave, and the entry point is none of the base's."""
        # Entry points without a name share one: which of them is whose partner says nothing.
        named = (row for row in item.draft.rows if not row.endswith(f":{UNRESOLVED}"))
        known = any(row in self.row_partners for row in named)
        best = self.standing.get((item.rule.id, item.draft.standing))
        return not known and best is not None and best >= self._passed_gates(item)

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
        better = "better" in directions.values() or (row.beside and not partner.beside)
        return worse or not (better or partner.unresolved)

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
        if self._authority is None:
            self._authority = tuple(differences(self.row_partners, self.head_rows, self.removed, self._cause))
        return self._authority

    def changed_rows(self) -> frozenset[str]:
        """Return the keys of rows that are new or differ."""
        changes = self.authority()
        return frozenset(self.head_rows) if changes is None else frozenset(change.tool for change in changes)

    def _cause(self, key: str, column: str, found: Direction) -> Cause | None:
        """Return the changed line behind a column of a row, else the changed line nearest to the row in its file."""
        spot: Spot | None = None
        if self.causes is not None and key in self.changed:
            change = self.changed[key]
            spot = self.causes.of(change.before, change.after, column, worse=found == "worse")
        elif self.causes is not None:
            row = self.rows.get(key)
            spot = self.causes.of_new(row) if row is not None else None
        if spot is not None:
            return Cause(spot.path, spot.line, spot.side)
        shown = self.head_rows[key]
        blocks = self.change.runs(shown.path)
        lines = [block.head_start for block in blocks if block.head_count]
        return Cause(shown.path, min(lines, key=lambda line: abs(line - shown.line))) if lines else None

    def surface_changed(self) -> bool:
        """Tell whether the change touches rows, the product's files, or manifests that choose what runs."""
        changes = self.authority()
        if changes is None or changes:
            return True
        paths = (*self.change.changed, *self.change.deleted)
        product = self.now.analysis.product | (self.before.analysis.product if self.before is not None else frozenset())
        return any(path in product or is_manifest(path) for path in paths)


def _group(item: Reported) -> str:
    if item.placed or not item.draft.group:
        return item.draft.group or item.key
    return f"{item.draft.group} {item.draft.severity}"


def _rows(drafts: Iterable[Draft]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row for draft in drafts for row in draft.rows))
