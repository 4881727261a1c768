"""The head tree beside the base tree: which findings are new, which are gone, and how authority changed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from analyzers.authority.causes import Causes, Spot
from analyzers.authority.changes import Changes, RowChange, changed_rows, ignores_switch, lost_column
from analyzers.authority.compare import Direction, differences
from analyzers.authority.rows import Row
from analyzers.authority.supports import Supports
from analyzers.finding import AuthorityChange, Cause, Failure, Finding, FixedFinding, Severity, ToolRow
from analyzers.newness import Newness, Paired
from analyzers.pairing import Judged, Reported, RowPairs, draft_partners, fingerprint, mapped
from analyzers.planning import is_manifest
from analyzers.policy import Policy
from analyzers.rule import ChangeRule, Draft
from analyzers.tree import Change, Tree

# The columns in which a change takes protection from callers' reach.
LOST = ("authorization", "authentication")
# The column in which an entry point does more behind what stood there before.
REACH = "capabilities"


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
        self.removed: list[ToolRow] = []
        self.news = Newness(self.head_rows, policy)
        self.causes: Causes | None = None
        self.changed: dict[str, RowChange] = {}
        self.rows: dict[str, Row] = {}
        self.covered: frozenset[str] = frozenset()
        self._authority: tuple[AuthorityChange, ...] | None = None
        if before is not None:
            self.causes = Causes(
                self.change, Supports(before.analysis.flow), Supports(now.analysis.flow), base.texts if base else {}
            )
            self._pair(before, self.change)

    # Pairing

    def _pair(self, before: Judged, change: Change) -> None:
        pairs = RowPairs(before, self.now, self.head_rows, change.renames)
        self.removed = pairs.removed
        shown = {key: (row, self.head_rows[key]) for key, row in pairs.partners.items()}
        first, self.rows = ({row.key: row for row in judged.analysis.rows} for judged in (before, self.now))
        self.changed = {found.after.key: found for found in changed_rows(first, self.rows, shown)}
        said = {(item.rule.id, pairs.row(row)): item for item in before.reported for row in item.draft.rows}
        partners = draft_partners(before.reported, self.now.reported, pairs, self._is_on_changed_line)
        said_before = pairs.gravest(before.reported)
        self.news = Newness(self.head_rows, self.policy, Paired(pairs.partners, partners, said_before))
        self._find_standing(before, said)

    def _find_standing(self, before: Judged, said: Mapping[tuple[str, str], Reported]) -> None:
        for item in before.reported:
            if item.draft.standing:
                key = (item.rule.id, self._mapped(item.draft.standing))
                self.news.stands(key, item)
        # A server may have another name now, and serve what it served before.
        for item in self.now.reported:
            for row in item.draft.rows if item.draft.standing else ():
                partner = said.get((item.rule.id, row))
                if partner is not None and partner.draft.standing:
                    self.news.stands((item.rule.id, item.draft.standing), partner)

    def _is_on_changed_line(self, draft: Draft) -> bool:
        return draft.location.line in self._changed_lines(draft)

    def _changed_lines(self, draft: Draft) -> set[int]:
        """Return the lines of what a draft is about that the change added or replaced."""
        span = draft.location.span
        lines = range(span.start.line, max(span.start.line, span.end.line) + 1)
        blocks = self.change.runs(draft.location.path)
        return {line for line in lines for block in blocks if 0 <= line - block.head_start < block.head_count}

    def _mapped(self, key: str) -> str:
        return mapped(key, self.change.renames)

    # Rules about changes

    def changes(self) -> Changes | None:
        """Return what became of the rows of the base, None without a base."""
        if self.causes is None:
            return None
        rows = tuple(change for _, change in sorted(self.changed.items()))
        explaining = [item.draft for item in self.now.reported if self._explains(item) and self.news.is_new(item)]
        explained = frozenset(key for draft in explaining for key in draft.rows)
        places = frozenset((draft.location.path, line) for draft in explaining for line in self._changed_lines(draft))
        return Changes(rows, self.causes, explained, places)

    def _explains(self, item: Reported) -> bool:
        """Tell whether a draft says why a changed check does not hold, or that what replaced it could not be read."""
        damaged = item.rule.column in LOST and not item.rule.says_missing
        if item.rule.is_cause:
            return bool(self._changed_lines(item.draft))
        return item.rule.changes_only or (damaged and self._is_on_changed_line(item.draft))

    def add(self, told: Sequence[Reported], failures: Sequence[Failure]) -> None:
        """Take in what rules about changes say; what else is only missing in these rows is part of it."""
        self.covered = frozenset(row for item in told for row in item.draft.rows) | self._explained()
        self.now = msgspec.structs.replace(
            self.now, reported=(*self.now.reported, *told), failures=(*self.now.failures, *failures)
        )

    def _explained(self) -> frozenset[str]:
        """Return the rows that lost protection at a changed line where another rule says why."""
        changes = self.changes()
        return frozenset(
            row.after.key
            for row in (changes.rows if changes is not None else ())
            for column in LOST
            if changes is not None and row.is_worse(column) and changes.is_explained(row, changes.cause(row, column))
        )

    # Findings

    def findings(self) -> Iterator[Found]:
        """Yield the findings of the head tree, drafts with one root cause joined."""
        groups: dict[tuple[str, str], list[Reported]] = {}
        for item in self.now.reported:
            if (item.rule.changes_only and self.before is None) or self._is_part(item):
                continue
            placed = self._placed(self._raised(item))
            groups.setdefault((item.rule.id, _group(placed)), []).append(placed)
        for (rule, group), members in groups.items():
            yield self._found(members, fingerprint(rule, group))

    def _is_part(self, item: Reported) -> bool:
        """Tell whether a draft says of a row, away from what was changed, what a change took from it."""
        if self.news.only_follows(item):
            return True
        if (
            item.rule.column not in LOST
            or self.covered.isdisjoint(item.draft.rows)
            or isinstance(item.rule, ChangeRule)
        ):
            return False
        return self.news.is_new(item) and (item.rule.says_missing or not self._is_on_changed_line(item.draft))

    def _raised(self, item: Reported) -> Reported:
        """Return a draft about a check that a change damaged as grave as if the change had removed the check."""
        if self.causes is None or item.rule.changes_only or item.rule.says_missing or not self._explains(item):
            return item
        changes = [change for key in item.draft.rows if (change := self.changed.get(key)) is not None]
        # A switch of the process keeps nobody apart: what no longer asks it is as grave as what never did.
        lost = any(one.after.rank and lost_column(one) and not ignores_switch(one) for one in changes)
        severity = max(item.draft.severity, Severity.HIGH) if lost else item.draft.severity
        return item._replace(draft=msgspec.structs.replace(item.draft, severity=severity))

    def _placed(self, item: Reported) -> Reported:
        """Return a draft about something missing at the change that took it away, where that is known."""
        column = item.rule.column
        if not item.rule.says_missing or column is None or self.causes is None:
            return item
        if self._is_on_changed_line(item.draft) or not self.news.is_new(item):
            return item
        change, worse = self._worsened(item.draft, column)
        if change is not None:
            spot = self.causes.of(change.before, change.after, worse, worse=True)
        else:
            spot = self._added(item.draft)
        if spot is None or not spot.sure:
            return item
        placed = self.causes.location(spot)
        # What tools do more, each in its place, is one thing to tell of what they stand behind.
        place, undo = f"{spot.path}|{spot.symbol}", self.causes.undone(spot)
        if change is None or worse == REACH:
            place, undo = "", ()
        group = f"{item.draft.group}|{worse}|{place}"
        draft = msgspec.structs.replace(item.draft, location=placed, group=group, undo=undo)
        return item._replace(draft=draft, placed=True)

    def _added(self, draft: Draft) -> Spot | None:
        """Return where the change declares an entry point behind a cause that stood there before."""
        fresh = [self.rows[key] for key in draft.rows if draft.standing and key not in self.changed]
        return self.causes.of_new(fresh[0]) if fresh and self.causes is not None else None

    def _worsened(self, draft: Draft, column: str) -> tuple[RowChange | None, str]:
        """Return a row of a draft that got worse in a column, else one that more callers reach, or that does more."""
        for worse in (column, "transport", *((REACH,) if draft.standing else ())):
            for key in draft.rows:
                change = self.changed.get(key)
                if change is not None and change.is_worse(worse):
                    return change, worse
        return None, column

    def _found(self, members: Sequence[Reported], identity: str) -> Found:
        ordered = sorted(members, key=lambda item: item.draft.location)
        fresh = [item for item in ordered if self.news.is_new(item)]
        shown = max(fresh or ordered, key=lambda item: (item.draft.severity, item.draft.telling))
        new = [item.draft for item in fresh]
        finding = self._finding(shown, [item.draft for item in ordered], new, identity)
        return Found(finding, tuple(members), shown)

    def _finding(self, item: Reported, drafts: Sequence[Draft], fresh: Sequence[Draft], identity: str) -> Finding:
        rule, shown = item.rule, item.draft
        many = len(fresh or drafts) > 1 and bool(shown.group_message)
        return Finding(
            rule=rule.id,
            principle=rule.principle,
            severity=self.news.severity(rule, shown),
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

    def fixed(self) -> Iterator[FixedFinding]:
        """Yield the findings of the base tree that are gone, a group only when all of it is."""
        if self.before is None:
            return
        paired = {(item.rule.id, item.key) for item in self.news.paired.drafts.values()}
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
            self._authority = tuple(differences(self.news.paired.rows, self.head_rows, self.removed, self._cause))
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
