"""The analysis: facts of one or two trees in, one report out."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from analyzers.authority.compare import differences, direction, pair
from analyzers.authority.rows import Row, RowReader
from analyzers.coverage import coverage_of
from analyzers.facts import READER_VERSION, FileFacts
from analyzers.finding import (
    AuthorityChange,
    Cause,
    Failure,
    Finding,
    FixedFinding,
    Report,
    Side,
    Suppression,
    ToolRow,
)
from analyzers.fixing import fixed_findings
from analyzers.flow.summaries import Flow
from analyzers.policy import Policy
from analyzers.project.product import product_files
from analyzers.project.program import Program
from analyzers.project.surface import Surface
from analyzers.reading import is_manifest
from analyzers.rule import Analysis, Draft, Rule
from analyzers.rules import RULES
from analyzers.tree import Change, Tree

ENGINE_VERSION = f"1.{READER_VERSION}"
FINGERPRINT_VERSION = "1"


class Judged(msgspec.Struct, frozen=True):
    """One tree analysed: what the rules said, and which of them failed."""

    analysis: Analysis
    reader: RowReader
    drafts: tuple[tuple[Rule, Draft], ...]
    failures: tuple[Failure, ...]

    def rows(self) -> dict[str, ToolRow]:
        """Return the public rows by key."""
        return {row.key: self.reader.public(row) for row in self.analysis.rows}


def analyze(head: Tree, base: Tree | None = None, change: Change | None = None, policy: Policy = Policy()) -> Report:
    """Analyse a tree, or what changed between two; without a base every finding is new."""
    rules = tuple(rule for rule in RULES if not _is_off(rule, policy))
    now = judge(head.facts, rules, policy)
    before = judge(base.facts, rules, policy) if base is not None else None
    comparison = _Comparison(now, before, change)
    findings = [_dismissed(finding, head, before, policy) for finding in comparison.findings(policy)]
    ordered = sorted(findings, key=_order)
    proven, failures = fixed_findings(ordered, now, head, lambda facts: judge(facts, rules, policy), comparison.drafts)
    coverage = coverage_of(head, now.analysis, change, comparison.changed_rows())
    return Report(
        findings=tuple(proven),
        fixed=tuple(comparison.fixed()),
        tools=tuple(now.rows().values()),
        authority_diff=comparison.authority() if before is not None else None,
        coverage=coverage,
        failures=(*now.failures, *(before.failures if before is not None else ()), *failures),
        surface_changed=comparison.surface_changed(),
        engine_version=ENGINE_VERSION,
        rules_run=len(rules),
    )


def judge(facts: Mapping[str, FileFacts], rules: Iterable[Rule], policy: Policy) -> Judged:
    """Link, solve and ask every rule about one tree."""
    program = Program({path: item for path, item in facts.items() if not policy.excludes(path)})
    flow = Flow(program)
    surface = Surface(program, flow.resolver)
    product = product_files(program, surface)
    reader = RowReader(flow, surface)
    rows = tuple(row for row in reader.rows() if row.entry.declared.function.file.path in product)
    servers = tuple(
        reader.servers.state(server)
        for server in surface.servers.values()
        if server.site.function.file.path in product
    )
    analysis = Analysis(program, flow, surface, rows, servers, product, policy.allowed_hosts)
    drafts: list[tuple[Rule, Draft]] = []
    failures: list[Failure] = []
    for rule in rules:
        try:
            drafts.extend((rule, draft) for draft in rule.check(analysis))
        except Exception as error:
            failures.append(Failure("rule", "", rule.id, type(error).__name__))
    return Judged(analysis, reader, tuple(drafts), tuple(failures))


def _is_off(rule: Rule, policy: Policy) -> bool:
    setting = policy.setting(rule.id)
    return setting is not None and setting.severity is None


def _order(finding: Finding) -> tuple[object, ...]:
    return (-finding.severity, -finding.confidence, finding.location.path, finding.location.line, finding.rule)


def fingerprint(rule: str, key: str) -> str:
    """Return the identity of a finding: no line, no message, no secret."""
    return hashlib.sha256(f"{FINGERPRINT_VERSION}\0{rule}\0{key}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


class _Comparison:
    """The drafts of the head tree beside those of the base tree."""

    def __init__(self, now: Judged, before: Judged | None, change: Change | None) -> None:
        self.now = now
        self.before = before
        self.change = change or Change()
        self.head_rows = now.rows()
        self.base_rows: dict[str, ToolRow] = {}
        self.partners: dict[str, ToolRow] = {}
        self.removed: list[ToolRow] = []
        self.drafts: dict[str, list[tuple[Rule, Draft]]] = {}
        if before is not None:
            self._pair(before)

    def _pair(self, before: Judged) -> None:
        mapped = [(self._mapped(row.key), before.reader.public(row), _digest(row)) for row in before.analysis.rows]
        current = [(row.key, self.head_rows[row.key], _digest(row)) for row in self.now.analysis.rows]
        self.partners = pair(mapped, current)
        self.base_rows = {key: row for key, row, _ in mapped}
        used = {id(row) for row in self.partners.values()}
        self.removed = [row for _, row, _ in mapped if id(row) not in used]

    def _mapped(self, key: str) -> str:
        """Return a key of the base tree as it reads after the renames of the change."""
        for old, new in self.change.renames.items():
            for before, after in ((old, new), (old.rpartition(".")[0], new.rpartition(".")[0])):
                if before and key.startswith((f"{before}:", f"{before}|")):
                    return after + key[len(before) :]
        return key

    # Findings

    def findings(self, policy: Policy) -> Iterator[Finding]:
        """Yield the findings of the head tree, drafts with one root cause joined."""
        groups: dict[tuple[str, str], list[tuple[Rule, Draft]]] = {}
        for rule, draft in self.now.drafts:
            if rule.changes_only and self.before is None:
                continue
            key = (rule.id, f"group {draft.group} {draft.severity}" if draft.group else draft.key)
            groups.setdefault(key, []).append((rule, draft))
        for (_, key), members in groups.items():
            identity = key if len(members) > 1 or members[0][1].group else members[0][1].key
            finding = self._finding(members, fingerprint(members[0][0].id, identity), policy)
            self.drafts[finding.fingerprint] = members
            yield finding

    def _finding(self, members: list[tuple[Rule, Draft]], identity: str, policy: Policy) -> Finding:
        rule = members[0][0]
        drafts = sorted((draft for _, draft in members), key=lambda draft: (-draft.severity, draft.location))
        fresh = [draft for draft in drafts if self._is_new(rule, draft)]
        shown = (fresh or drafts)[0]
        setting = policy.setting(rule.id)
        severity = setting.severity if setting is not None and setting.severity is not None else shown.severity
        many = len(fresh or drafts) > 1 and bool(shown.group_message)
        message = f"{len(fresh or drafts)} {shown.group_message}" if many else shown.message
        return Finding(
            rule=rule.id,
            principle=rule.principle,
            severity=severity,
            confidence=shown.confidence,
            location=shown.location,
            message=message,
            why=shown.why,
            fingerprint=identity,
            new=bool(fresh),
            tools=_rows(drafts),
            new_tools=_rows(fresh),
            evidence=shown.evidence,
            pattern=rule.pattern,
        )

    def _is_new(self, rule: Rule, draft: Draft) -> bool:
        if self.before is None:
            return True
        partner = self._partner(rule, draft)
        if partner is not None:
            return draft.severity > partner.severity or draft.confidence > partner.confidence
        if rule.column is None or not draft.rows:
            return True
        return any(self._got_worse(row, rule.column) for row in draft.rows)

    def _partner(self, rule: Rule, draft: Draft) -> Draft | None:
        if self.before is None:
            return None
        found = [
            other for rule_before, other in self.before.drafts
            if rule_before.id == rule.id and self._same(other, draft)
        ]
        same = [
            (candidate, position)
            for position, candidate in enumerate(found)
        ]
        ordinal = [other for _, other in self.now.drafts if _ == rule and other.key == draft.key].index(draft)
        return same[ordinal][0] if ordinal < len(same) else None

    def _same(self, before: Draft, draft: Draft) -> bool:
        if self._mapped(before.key) == draft.key:
            return True
        partner = self.partners.get(draft.key)
        return partner is not None and partner.key == before.key

    def _got_worse(self, key: str, column: str) -> bool:
        row, partner = self.head_rows.get(key), self.partners.get(key)
        if row is None or partner is None:
            return True
        return direction(partner, row, column) == "worse" or direction(partner, row, "capabilities") == "worse"

    def fixed(self) -> Iterator[FixedFinding]:
        """Yield the findings of the base tree that are gone."""
        if self.before is None:
            return
        present = {(rule.id, draft.key) for rule, draft in self.now.drafts}
        keys_now = {row.key: key for key, row in self.partners.items()}
        seen: set[str] = set()
        for rule, draft in self.before.drafts:
            key = keys_now.get(draft.key, self._mapped(draft.key))
            identity = fingerprint(rule.id, key)
            if (rule.id, key) not in present and identity not in seen and not rule.changes_only:
                seen.add(identity)
                yield FixedFinding(identity, rule.id, draft.location.path)

    # Authority

    def authority(self) -> tuple[AuthorityChange, ...]:
        """Return what changed in the table."""
        return tuple(differences(self.partners, self.head_rows, self.removed, self._cause))

    def changed_rows(self) -> frozenset[str]:
        """Return the keys of rows that are new or differ."""
        if self.before is None:
            return frozenset(self.head_rows)
        return frozenset(change.tool for change in self.authority())

    def _cause(self, row: ToolRow) -> Cause | None:
        """Return the changed line nearest to a row: its own place, else where its checks or provider stand."""
        for path, line in self._places(row):
            for hunk in self.change.hunks.get(path, ()):
                if hunk.head_start <= line < hunk.head_start + max(hunk.head_count, 1):
                    return Cause(path, line)
        hunks = self.change.hunks.get(row.path, ())
        return Cause(row.path, hunks[0].head_start) if hunks else None

    def _places(self, row: ToolRow) -> Iterator[tuple[str, int]]:
        yield row.path, row.line
        for text in (row.authorization.where, row.authentication):
            path, _, line = text.rstrip(")").rpartition(" ")[2].lstrip("(").rpartition(":")
            if path and line.isdigit():
                yield path, int(line)

    def surface_changed(self) -> bool:
        """Tell whether the change touches the surface: rows, or the manifests that choose what runs."""
        if self.before is None:
            return True
        if any(True for _ in self.authority()):
            return True
        paths = (*self.change.changed, *self.change.deleted)
        return any(path in self.now.analysis.product or is_manifest(path) for path in paths)


def _rows(drafts: Iterable[Draft]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row for draft in drafts for row in draft.rows))


def _digest(row: Row) -> str:
    handler = row.entry.handler
    return handler.facts.digest if handler is not None and row.entry.branch is None else ""


def _dismissed(finding: Finding, head: Tree, before: Judged | None, policy: Policy) -> Finding:
    """Mark a finding that the policy accepts, or that a comment with a reason dismisses.

    In a review only comments that already dismissed the same finding in the base tree count.
    """
    for suppression in policy.suppressions:
        if suppression.covers(finding):
            return msgspec.structs.replace(finding, suppressed=Suppression("policy", suppression.reason, "policy"))
    facts = head.facts.get(finding.location.path)
    if facts is None or finding.location.side is not Side.HEAD:
        return finding
    for ignore in facts.ignores:
        if ignore.line == finding.location.line and finding.rule in ignore.rules and ignore.reason:
            if before is None or not finding.new:
                where = f"{finding.location.path}:{ignore.line}"
                return msgspec.structs.replace(finding, suppressed=Suppression("comment", ignore.reason, where))
    return finding


