"""Fixes, proven: applied, read again, analysed again; the finding is gone and nothing new appeared."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from analyzers.facts import FileFacts
from analyzers.finding import Edit, Failure, Finding, Fix, Safety
from analyzers.lines import LineIndex
from analyzers.reading import read
from analyzers.rule import Draft, Proposal, Rule
from analyzers.source import Source
from analyzers.tree import Tree

if TYPE_CHECKING:
    from analyzers.engine import Judged

MAX_FIXES = 60
Drafts = Mapping[str, Sequence[tuple[Rule, Draft]]]
Judge = Callable[[Mapping[str, FileFacts]], "Judged"]


def fixed_findings(
    findings: Sequence[Finding], judged: "Judged", tree: Tree, judge: Judge, drafts: Drafts
) -> tuple[list[Finding], list[Failure]]:
    """Return the findings with their fixes, and the rules whose fix raised. Only what a reader acts on gets one."""
    failures: list[Failure] = []
    proposed: dict[str, Proposal] = {}
    for finding in findings:
        if not finding.new or finding.suppressed is not None or len(proposed) >= MAX_FIXES:
            continue
        rule, draft = next(
            ((rule, draft) for rule, draft in drafts[finding.fingerprint] if draft.location == finding.location)
        )
        try:
            proposal = rule.fix(draft, judged.analysis, tree.texts)
        except Exception as error:
            failures.append(Failure("fix", finding.location.path, rule.id, type(error).__name__))
            continue
        if proposal is not None and proposal.edits:
            proposed[finding.fingerprint] = proposal
    proven = _prove(proposed, judged, tree, judge, drafts)
    return [msgspec.structs.replace(finding, fix=proven.get(finding.fingerprint)) for finding in findings], failures


def _prove(
    proposed: Mapping[str, Proposal], judged: "Judged", tree: Tree, judge: Judge, drafts: Drafts
) -> dict[str, Fix]:
    """Prove all fixes of a file in one pass, singly only where that fails."""
    by_file: dict[str, list[str]] = {}
    for fingerprint, proposal in proposed.items():
        by_file.setdefault(proposal.edits[0].path, []).append(fingerprint)
    proven: dict[str, Fix] = {}
    for fingerprints in by_file.values():
        batches = [fingerprints] if len(fingerprints) > 1 else []
        if not any(_holds(batch, proposed, judged, tree, judge, drafts) for batch in batches):
            fingerprints = [item for item in fingerprints if _holds([item], proposed, judged, tree, judge, drafts)]
        for fingerprint in fingerprints:
            proposal = proposed[fingerprint]
            proven[fingerprint] = Fix(proposal.title, proposal.safety, proposal.edits)
    return proven


def _holds(
    fingerprints: Sequence[str],
    proposed: Mapping[str, Proposal],
    judged: "Judged",
    tree: Tree,
    judge: Judge,
    drafts: Drafts,
) -> bool:
    """Tell whether the fixes together remove exactly their findings."""
    edits = [edit for fingerprint in fingerprints for edit in proposed[fingerprint].edits]
    facts = dict(tree.facts)
    for path in {edit.path for edit in edits}:
        text = apply_edits(tree.texts[path], [edit for edit in edits if edit.path == path])
        patched = read(Source(path, "", text)) if text is not None else None
        if not isinstance(patched, FileFacts) or len(patched.defects) > len(tree.facts[path].defects):
            return False
        facts[path] = patched
    again = judge(facts)
    known = {(rule.id, draft.key) for rule, draft in judged.drafts}
    left = {(rule.id, draft.key) for rule, draft in again.drafts}
    review = any(proposed[fingerprint].safety is Safety.REVIEW for fingerprint in fingerprints)
    removed = {
        (rule.id, draft.key) for fingerprint in fingerprints for rule, draft in drafts[fingerprint][:1]
    }
    return left <= known and not again.failures and (review or not (removed & left))


def apply_edits(text: bytes, edits: Sequence[Edit]) -> bytes | None:
    """Return a text with edits applied, None when two of them overlap."""
    lines = LineIndex.build(text)
    ranges = sorted((lines.offset(edit.start), lines.offset(edit.end), edit.text) for edit in edits)
    result = bytearray()
    position = 0
    for start, end, replacement in dict.fromkeys(ranges):
        if start < position:
            return None
        result += text[position:start] + replacement.encode()
        position = end
    return bytes(result + text[position:])
