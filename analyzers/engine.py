"""The analysis: facts of one or two trees in, one report out."""

from collections.abc import Iterable, Mapping
from functools import partial

import msgspec

from analyzers.authority.auditing import Audited
from analyzers.authority.changes import Changes
from analyzers.authority.composition import SiteReader
from analyzers.authority.rows import RowReader
from analyzers.authority.weaknesses import Weaknesses
from analyzers.comparison import Comparison, Found
from analyzers.coverage import coverage_of
from analyzers.division import order
from analyzers.facts import FileFacts
from analyzers.finding import Failure, IdleIgnore, Report
from analyzers.fixes.fixing import Fixer
from analyzers.flow.exposure import ExposureReader
from analyzers.flow.keeping import NOTHING, kept_of
from analyzers.flow.summaries import Flow
from analyzers.guarding import guarded
from analyzers.pairing import Judged, Reported, reported
from analyzers.policy import Policy
from analyzers.project.borrowed import idle_functions
from analyzers.project.named import Named
from analyzers.project.product import product_files
from analyzers.project.program import Program
from analyzers.project.surface import Surface
from analyzers.rule import Analysis, ChangeRule, Draft, Rule
from analyzers.rules import RULES
from analyzers.scope import Scope
from analyzers.suppression import dismissed, idle_ignores
from analyzers.tree import Change, Tree
from analyzers.version import ENGINE_VERSION


class Memory:
    """The base that was judged last: the next change often starts from it too."""

    def __init__(self) -> None:
        self._facts: Mapping[str, FileFacts] = {}
        self._asked: tuple[Policy, bool] | None = None
        self._judged: Judged | None = None

    def holds(self, base: Tree | None, policy: Policy) -> bool:
        """Tell whether a base was judged last, under this policy."""
        if base is None or self._asked != (policy, base.served_elsewhere):
            return False
        return _has_same(self._facts, base.facts)

    def judged(self, base: Tree, policy: Policy) -> Judged:
        """Return a base as the rules judge it under a policy."""
        if self._judged is None or not self.holds(base, policy):
            self._judged = None
            self._judged = judge(base.facts, rules_of(policy), Setting(policy, None, base.served_elsewhere))
            self._judged.analysis.trim()
            self._facts, self._asked = base.facts, (policy, base.served_elsewhere)
        return self._judged


def analyze(
    head: Tree,
    base: Tree | None = None,
    change: Change | None = None,
    policy: Policy = Policy(),
    memory: Memory | None = None,
) -> Report:
    """Analyse a tree, or what changed between two; without a base every finding is new."""
    rules = rules_of(policy)
    before = (memory or Memory()).judged(base, policy) if base is not None else None
    known = before.analysis.program if before is not None else None

    setting = Setting(policy, known, head.served_elsewhere)

    now = before if before is not None and _is_same(head, base) else judge(head.facts, rules, setting)

    def compared(now: Judged) -> Comparison:
        comparison = Comparison(now, before, change, policy, base)
        comparison.add(*_told(comparison, rules))
        return comparison

    comparison = compared(now)
    now = comparison.now
    found = [
        item._replace(finding=dismissed(item.finding, head.facts, policy, is_review=before is not None))
        for item in comparison.findings()
    ]
    found.sort(key=lambda item: order(item.finding))

    def again(facts: Mapping[str, FileFacts], scope: Scope | None, known: Judged | None) -> Judged:
        return compared(judge(facts, rules, setting, scope, known)).now

    fixer = Fixer(head, now, again, policy.min_confidence)
    findings = fixer.fixed(found)
    return Report(
        findings=tuple(findings),
        fixed=tuple(comparison.fixed()),
        tools=tuple(comparison.head_rows.values()),
        authority_diff=comparison.authority(),
        coverage=coverage_of(head, now.analysis, change, comparison.changed_rows()),
        failures=(*now.failures, *(before.failures if before is not None else ()), *fixer.failures),
        surface_changed=comparison.surface_changed(),
        engine_version=ENGINE_VERSION,
        rules_run=len(rules),
        idle_ignores=_idle_ignores(head, found, rules),
    )


def _idle_ignores(head: Tree, found: Iterable[Found], rules: Iterable[Rule]) -> tuple[IdleIgnore, ...]:
    """Return the comments without effect; what is said only of a change is never reported again."""
    drafts = [(item.rule.id, item.draft.location) for one in found for item in one.members]
    places = frozenset((location.path, location.line, rule) for rule, location in drafts)
    ran = frozenset(rule.id for rule in rules if not rule.changes_only)
    return tuple(idle_ignores(head.facts, places, (rule.id for rule in RULES), ran))


def _is_same(one: Tree, other: Tree | None) -> bool:
    """Tell whether nothing that is judged differs between two trees: facts of one blob are one object."""
    return other is not None and one.served_elsewhere == other.served_elsewhere and _has_same(one.facts, other.facts)


def _has_same(one: Mapping[str, FileFacts], other: Mapping[str, FileFacts]) -> bool:
    return one.keys() == other.keys() and all(other[path] is facts for path, facts in one.items())


def rules_of(policy: Policy) -> tuple[Rule, ...]:
    """Return the rules that a policy leaves on."""
    return tuple(rule for rule in RULES if not _is_off(rule, policy))


class Setting(msgspec.Struct, frozen=True):
    """How a tree is judged: by which policy, beside which program; `served_elsewhere` is what its tree says."""

    policy: Policy = Policy()
    before: Program | None = None
    served_elsewhere: bool = False


def judge(
    facts: Mapping[str, FileFacts],
    rules: Iterable[Rule],
    setting: Setting = Setting(),
    scope: Scope | None = None,
    known: Judged | None = None,
) -> Judged:
    """Link, solve and ask every rule about one tree; within a scope all of it is linked, but only that is judged.

    `known` is the tree before a fix: what the edits do not reach is taken from it.
    """
    policy = setting.policy
    included = {path: item for path, item in facts.items() if not policy.excludes(path)}
    kept = kept_of(known.analysis.flow, included) if known is not None else NOTHING
    program = Program(included, kept.files)
    flow = Flow(program, Named(program, policy, setting.before), kept.solved)
    surface = Surface(program, flow.resolver)
    product = product_files(program, surface, served_elsewhere=setting.served_elsewhere)
    audited = known.reader.servers.audits.found.within(kept) if known is not None else Audited()
    reader = RowReader(flow, surface, audited)
    surface.keep(product)
    idle = idle_functions(program, product)
    rows = tuple(reader.rows(scope.covers if scope is not None else None))
    states = tuple(reader.servers.state(server) for server in surface.servers.values())
    readers = (Weaknesses(flow), ExposureReader(flow), SiteReader(flow))
    judged = product & scope.paths if scope is not None else product
    analysis = Analysis(program, flow, surface, rows, states, judged, *readers, policy, idle)
    drafts: list[tuple[Rule, Draft]] = []
    failures: list[Failure] = []
    for rule in rules:
        failure = guarded("rule", "", rule.id, partial(_check, rule, analysis, drafts))
        if failure is not None:
            failures.append(failure)
    return Judged(analysis, reader, reported(drafts), tuple(failures))


def _told(comparison: Comparison, rules: Iterable[Rule]) -> tuple[tuple[Reported, ...], tuple[Failure, ...]]:
    """Ask every rule about the change, and return what they said and which of them failed."""
    changes = comparison.changes()
    drafts: list[tuple[Rule, Draft]] = []
    failures: list[Failure] = []
    if changes is None:
        return (), ()
    for rule in rules:
        if not isinstance(rule, ChangeRule):
            continue
        failure = guarded("rule", "", rule.id, partial(_compare, rule, changes, drafts))
        if failure is not None:
            failures.append(failure)
    return reported(drafts), tuple(failures)


def _compare(rule: ChangeRule, changes: Changes, drafts: list[tuple[Rule, Draft]]) -> None:
    drafts.extend((rule, draft) for draft in rule.compare(changes))


def _check(rule: Rule, analysis: Analysis, drafts: list[tuple[Rule, Draft]]) -> None:
    """Collect what a rule says; what it said before it raised counts."""
    drafts.extend((rule, draft) for draft in rule.check(analysis))


def _is_off(rule: Rule, policy: Policy) -> bool:
    setting = policy.setting(rule.id)
    return setting is not None and setting.severity is None
