"""Which findings of the head tree are new: without a partner in the base, or of a row that got worse."""

from collections.abc import Mapping

import msgspec

from analyzers.authority.compare import COLUMNS, direction
from analyzers.finding import Severity, ToolRow
from analyzers.pairing import Reported
from analyzers.policy import Policy
from analyzers.project.targets import UNRESOLVED
from analyzers.rule import Draft, Rule


class Paired(msgspec.Struct, frozen=True):
    """What of the base belongs to what of the head: `rows` by the head's key, `drafts` by (rule, key) in the head.

    `said` are the (rule, row) of which the base says something, with the head's keys, and how grave that is.
    """

    rows: Mapping[str, ToolRow]
    drafts: Mapping[tuple[str, str], Reported]
    said: Mapping[tuple[str, str], Severity]


class Newness:
    """Tells what is new; without a base everything is."""

    def __init__(self, head_rows: Mapping[str, ToolRow], policy: Policy, paired: Paired | None = None) -> None:
        self.head_rows = head_rows
        self.policy = policy
        self.is_alone = paired is None
        self.paired = paired or Paired({}, {}, {})
        self._standing: dict[tuple[str, str], tuple[bool, bool]] = {}

    def stands(self, key: tuple[str, str], item: Reported) -> None:
        """Take in a draft of the base whose cause, under a key of the head, stands apart from its entry point."""
        self._standing[key] = max(self._standing.get(key, (False, False)), self._passed_gates(item))

    def is_new(self, item: Reported) -> bool:
        """Tell whether a draft has no partner in the base, or crossed the gate since.

        A rule about rows is quiet where it said of the same rows that it is missing, and where its column did not get
        worse and another improved: it only appears because of that. So it is where the row was not fully known before.
        """
        if self.is_alone:
            return True
        partner = self.paired.drafts.get((item.rule.id, item.key))
        if partner is not None:
            before = partner._replace(draft=msgspec.structs.replace(partner.draft, severity=_whole(partner.draft)))
            crossed = self._passed_gates(item) > self._passed_gates(before) and not self._follows(item)
            return crossed and (not item.draft.standing or any(map(self._grew, item.draft.rows)))
        if item.draft.standing and self._stood(item):
            return False
        if item.rule.is_said_once and item.draft.rows and self._is_said(item, item.draft.severity):
            return False
        if item.rule.column is None or not item.draft.rows:
            return True
        if item.rule.says_missing and self._is_said(item, Severity.INFO):
            return False
        return not self.only_follows(item) and any(self._got_worse(row, item.rule.column) for row in item.draft.rows)

    def _is_said(self, item: Reported, severity: Severity) -> bool:
        """Tell whether the base says of each entry point of a draft what that does, at least so grave."""
        said = [self.paired.said.get((item.rule.id, row)) for row in item.draft.rows]
        return all(before is not None and before >= severity for before in said)

    def only_follows(self, item: Reported) -> bool:
        """Tell whether a new draft is there because a column got worse that another rule speaks for."""
        if self.is_alone or item.rule.column is None or (item.rule.id, item.key) in self.paired.drafts:
            return False
        column = item.rule.column
        return self._follows(item) and not any(self._is_worse(row, column) for row in item.draft.rows)

    def _is_worse(self, key: str, column: str) -> bool:
        row, partner = self.head_rows.get(key), self.paired.rows.get(key)
        return row is None or partner is None or direction(partner, row, column) == "worse"

    def _follows(self, item: Reported) -> bool:
        """Tell whether a draft is only graver because a column got worse that another rule speaks for."""
        column = item.rule.follows
        pairs = [(self.paired.rows.get(key), self.head_rows.get(key)) for key in item.draft.rows]
        return column is not None and any(
            before is not None and now is not None and direction(before, now, column) == "worse"
            for before, now in pairs
        )

    def _stood(self, item: Reported) -> bool:
        """Tell whether the base has the cause of a draft, as grave, and no more callers reach the entry point."""
        # Entry points without a name share one: which of them is whose partner says nothing.
        named = [row for row in item.draft.rows if not row.endswith(f":{UNRESOLVED}") and row in self.paired.rows]
        columns = {item.rule.column or "transport", "transport", "authentication"}
        reached = any(self._is_worse(row, column) for row in named for column in columns)
        best = self._standing.get((item.rule.id, item.draft.standing))
        return not reached and best is not None and best >= self._passed_gates(item)

    def _grew(self, key: str) -> bool:
        """Tell whether an entry point is new, or has more authority than it had."""
        return any(self._is_worse(key, column) for column in COLUMNS)

    def _passed_gates(self, item: Reported) -> tuple[bool, bool]:
        """Tell whether a draft is loud, and whether it blocks."""
        severity = self.severity(item.rule, item.draft)
        loud = item.draft.confidence >= self.policy.min_confidence and severity >= Severity.LOW
        return loud, loud and self.policy.gate is not None and severity >= self.policy.gate

    def severity(self, rule: Rule, draft: Draft) -> Severity:
        """Return how grave a draft is, as far as the policy does not say it."""
        setting = self.policy.setting(rule.id)
        return setting.severity if setting is not None and setting.severity is not None else draft.severity

    def _got_worse(self, key: str, column: str) -> bool:
        row, partner = self.head_rows.get(key), self.paired.rows.get(key)
        if row is None or partner is None:
            return True
        directions = {name: direction(partner, row, name) for name in COLUMNS}
        worse = "worse" in (directions[column], directions["capabilities"])
        better = "better" in directions.values() or (row.beside and not partner.beside)
        return worse or not (better or partner.unresolved)


def _whole(draft: Draft) -> Severity:
    """Return how grave a draft is, whatever there is beside it."""
    return max(draft.severity, draft.alone)
